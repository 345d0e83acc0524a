"""The page that offers to send a form again, after the session had ended before it arrived."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from accounts import kept_forms
from accounts.principals import person_of


def kept_form(request: HttpRequest) -> HttpResponse:
    person = person_of(request)
    form = kept_forms.open_kept(request, person)
    if form is None:
        return redirect("home")
    response = render(request, "accounts/kept_form.html", {"kept": form})
    kept_forms.claim(response, form, person)
    return response
