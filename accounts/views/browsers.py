"""Ends the session of another browser of the person."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.domain import signed_in_browsers
from accounts.person_request import PersonRequest


@require_POST
def browser_end(request: PersonRequest, pk: int) -> HttpResponse:
    if signed_in_browsers.end_one(request.user, pk):
        messages.success(request, _("That browser is signed out."))
    else:
        messages.info(request, _("That browser was signed out already."))
    return redirect("profile")
