"""What a person chooses for themselves: language, theme, profile, password, and ending every session."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.forms import PasswordChangeForm
from django.contrib.auth.views import PasswordChangeView
from django.contrib.messages.views import SuccessMessageMixin
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect
from django.urls import reverse_lazy
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST
from django.views.generic import UpdateView

from accounts import preferences, sessions
from accounts.forms import PasswordForm, ProfileForm
from accounts.models import User
from accounts.principals import person_of
from kernel.web.safe_redirect import leads_here


@login_not_required
@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """The bar's switch: kept in a cookie, and on the person when there is one."""
    chosen = request.POST.get("language", "")
    if chosen not in dict(settings.LANGUAGES):  # Django itself speaks a hundred; we two
        return HttpResponseBadRequest()
    if request.user.is_authenticated:
        User.objects.filter(pk=request.user.pk).update(language=chosen)
    response = redirect(_back(request))
    preferences.remember_language(response, chosen)
    return response


@login_not_required
@require_POST
def theme(request: HttpRequest) -> HttpResponse:
    chosen = request.POST.get("theme", "")
    if chosen not in preferences.THEMES:
        return HttpResponseBadRequest()
    response = redirect(_back(request))
    preferences.remember_theme(response, chosen)
    return response


def _back(request: HttpRequest) -> str:
    target = request.POST.get("next", "")
    return target if leads_here(request, target) else "/"


class Profile(SuccessMessageMixin, UpdateView):
    form_class = ProfileForm
    template_name = "accounts/profile.html"
    success_url = reverse_lazy("profile")

    def get_object(self, queryset: Any = None) -> User:
        return User.objects.get(pk=person_of(self.request).pk)  # a copy: a refused form must not change the bar

    def form_valid(self, form: forms.ModelForm) -> HttpResponse:
        response = super().form_valid(form)
        if self.object.language:
            preferences.remember_language(response, self.object.language)
        return response

    def get_success_message(self, cleaned_data: dict[str, Any]) -> str:
        with translation.override(self.object.language or translation.get_language()):
            return _("Preferences saved.")


class Password(SuccessMessageMixin, PasswordChangeView):
    form_class = PasswordForm
    template_name = "accounts/password.html"
    success_url = reverse_lazy("profile")
    success_message = gettext_lazy("Password changed. Other sessions and tokens have ended.")

    def form_valid(self, form: PasswordChangeForm) -> HttpResponse:
        response = super().form_valid(form)
        sessions.password_changed(person_of(self.request))
        return response


@require_POST
def sign_out_everywhere(request: HttpRequest) -> HttpResponse:
    """Every other session and every token ends; this session goes on."""
    person = person_of(request)
    sessions.end_all(person)
    update_session_auth_hash(request, person)
    messages.success(request, _("You are signed out everywhere else."))
    return redirect("profile")
