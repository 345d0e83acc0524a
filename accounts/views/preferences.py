"""The account page and the preferences of a person: language, theme, password, and signing out everywhere."""

from typing import Any

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

from accounts import account_page, preferences, sessions
from accounts.domain import address_check, signed_in_browsers
from accounts.forms.account import PasswordForm, ProfileForm
from accounts.models import User
from accounts.principals import person_of
from kernel.errors import Refused
from kernel.web.safe_redirect import is_safe_redirect
from mail.choice_table import choice_context


@login_not_required
@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """Set the language from the menu in the top bar: in a cookie, and on the user if somebody is signed in."""
    code = request.POST.get("language", "")
    if code not in dict(settings.LANGUAGES):  # Django knows about a hundred languages, Atelier two
        return HttpResponseBadRequest()
    if request.user.is_authenticated:
        User.objects.filter(pk=request.user.pk).update(language=code)
    response = redirect(_next_page(request))
    preferences.remember_language(response, code)
    return response


@login_not_required
@require_POST
def theme(request: HttpRequest) -> HttpResponse:
    """Set the theme from the menu in the top bar, in a cookie."""
    name = request.POST.get("theme", "")
    if name not in preferences.THEMES:
        return HttpResponseBadRequest()
    response = redirect(_next_page(request))
    preferences.remember_theme(response, name)
    return response


def _next_page(request: HttpRequest) -> str:
    target = request.POST.get("next", "")
    return target if is_safe_redirect(request, target) else "/"


class Profile(SuccessMessageMixin, UpdateView):  # type: ignore[type-arg]
    form_class = ProfileForm
    template_name = "accounts/profile.html"
    success_url = reverse_lazy("profile")

    def get_object(self, queryset: Any = None) -> User:
        # A new object: a form with errors changes it, and the top bar must still show the saved name.
        return User.objects.get(pk=person_of(self.request).pk)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        person = person_of(self.request)
        extra = {
            "password_set_at": account_page.password_set_at(person),
            "waiting_address": address_check.waiting_address(person),
            "notices_next": self.success_url,
            "browsers": signed_in_browsers.list_browsers(self.request, person),
        }
        return super().get_context_data(**kwargs) | choice_context(person) | extra

    def form_valid(self, form: ProfileForm) -> HttpResponse:  # type: ignore[override]
        """Save all but a new e-mail address, which counts once the link in a mail to it was used."""
        try:
            sent = form.start_address_check()
        except Refused as refusal:
            form.add_error("email", refusal.message)
            return self.form_invalid(form)
        response = super().form_valid(form)
        if sent:
            messages.info(self.request, sent)
        if self.object.language:
            preferences.remember_language(response, self.object.language)
        return response

    def get_success_message(self, cleaned_data: dict[str, Any]) -> str:
        with translation.override(self.object.language or translation.get_language()):
            return _("Preferences saved.")


class Password(SuccessMessageMixin, PasswordChangeView):  # type: ignore[type-arg]
    form_class = PasswordForm
    template_name = "accounts/password.html"
    success_url = reverse_lazy("profile")
    success_message = gettext_lazy("Password changed. Other sessions and tokens have ended.")

    def form_valid(self, form: PasswordChangeForm) -> HttpResponse:
        response = super().form_valid(form)
        person = person_of(self.request)
        sessions.end_tokens_after_password_change(person)
        signed_in_browsers.remember(self.request, person)  # the session has a new key
        return response


@require_POST
def sign_out_everywhere(request: HttpRequest) -> HttpResponse:
    """End every other session and every token. This session continues."""
    person = person_of(request)
    sessions.sign_out_everywhere(person)
    update_session_auth_hash(request, person)
    signed_in_browsers.remember(request, person)  # the session has a new key
    messages.success(request, _("You are signed out everywhere else."))
    return redirect("profile")
