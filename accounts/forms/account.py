"""The forms for signing in and for the preferences."""

import zoneinfo
from functools import cache
from typing import Any, cast

from django import forms
from django.conf import settings
from django.contrib.auth.forms import AuthenticationForm, PasswordChangeForm
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from accounts import demo_accounts, guess_limits
from accounts.domain import address_check
from accounts.models import User
from kernel.errors import Busy
from kernel.forms.bootstrap import BootstrapFormMixin
from kernel.text.time_zones import known_zone


class SignInForm(BootstrapFormMixin, AuthenticationForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].widget.attrs |= {"autocapitalize": "none", "spellcheck": "false"}

    def get_invalid_login_error(self) -> forms.ValidationError:
        """Say how many tries are left, but not whether the user name or the password is wrong."""
        if getattr(self.request, "is_closed_demo_account", False):
            return forms.ValidationError({"password": demo_accounts.REFUSED}, code="demo_account")
        failures = getattr(self.request, "axes_failures_since_start", None) or 0
        left = max(settings.GUESSES_PER_NAME - failures, 0)
        minutes = int(guess_limits.WINDOW.total_seconds() // 60)
        sentence = ngettext(
            "Wrong user name or password. %(left)s try is left before a pause of %(minutes)s minutes.",
            "Wrong user name or password. %(left)s tries are left before a pause of %(minutes)s minutes.",
            left,
        )
        error = forms.ValidationError(sentence % {"left": left, "minutes": minutes}, code="invalid_login")
        return forms.ValidationError({"password": error})

    def confirm_login_allowed(self, user: User) -> None:
        """Refuse service accounts: programs use bearer tokens."""
        super().confirm_login_allowed(user)
        if user.is_service:
            raise self.get_invalid_login_error()


class PasswordForm(BootstrapFormMixin, PasswordChangeForm):
    """The old password, and the new one twice.

    Guesses of the old one are limited, because somebody else may use an open session.
    """

    def clean_old_password(self) -> str:
        limit = guess_limits.limit("old", str(self.user.pk), guesses=settings.GUESSES_PER_NAME)
        if not guess_limits.take(limit):
            raise forms.ValidationError(_("Too many wrong passwords. Try again later."), code="locked_out")
        try:
            password: str = super().clean_old_password()
        except Busy:  # it was not checked
            guess_limits.give_back(limit)
            raise
        guess_limits.reset(limit)
        return password


@cache
def _all_time_zones() -> list[tuple[str, str]]:
    """Return the time zones of places, such as Europe/Paris, but not Etc/GMT+3 or EST5EDT."""
    continents = ("Africa", "America", "Antarctica", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific")
    names = sorted(name for name in zoneinfo.available_timezones() if name.startswith(continents) and "/" in name)
    return [(name, name.replace("_", " ")) for name in [*names, "UTC"]]


def time_zone_choices() -> list[tuple[str, Any]]:
    """Return the choices of a time zone field. The first one, "", is the school's time zone."""
    return [("", _("Time zone of the school: %(zone)s") % {"zone": settings.TIME_ZONE}), *_all_time_zones()]


def offer_stored_zone(field: forms.Field, stored: str) -> None:
    """Set the choices of a time zone field for a person or a course that has this time zone.

    A zone that the list does not offer (Etc/GMT+3) stays a choice. One that this server does not know does not: the
    help text says so.
    """
    choices = time_zone_choices()
    if stored and stored not in dict(choices):
        if known_zone(stored):
            choices.append((stored, stored))
        else:
            field.help_text = _(
                "This server does not know the time zone “%(zone)s” that was chosen here. The time zone of the school "
                "is used instead."
            ) % {"zone": stored}
    cast(forms.ChoiceField, field).choices = choices


class ProfileForm(BootstrapFormMixin, forms.ModelForm):  # type: ignore[type-arg]
    """The name, language and time zone of a person; a new e-mail address is only checked, not saved."""

    language = forms.ChoiceField(label=_("Language"), required=False)
    zone = forms.ChoiceField(label=_("Time zone"), required=False)

    class Meta:
        model = User
        fields = ("first_name", "last_name", "email", "language", "zone")
        labels = {"email": _("E-mail address")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        languages = [("", _("Language of the browser")), *settings.LANGUAGES]
        cast(forms.ChoiceField, self.fields["language"]).choices = languages
        offer_stored_zone(self.fields["zone"], self.instance.zone)
        self.fields["email"].widget.attrs["autocomplete"] = "email"
        self.fields["first_name"].widget.attrs["autocomplete"] = "given-name"
        self.fields["last_name"].widget.attrs["autocomplete"] = "family-name"

    def start_address_check(self) -> str:
        """Leave a new address out of what is saved, and send the mail that checks it; return the sentence about it.

        An address that was removed is removed at once. Raises Refused for what is no address, and for too many mails.
        """
        old, new = self.initial["email"], self.cleaned_data["email"]
        self.instance.email = old
        if new == old:
            return ""
        if not new:
            address_check.remove(User.objects.get(pk=self.instance.pk))
            self.instance.email = ""
            return gettext("You have no e-mail address any more: you get no mails, and cannot reset your password.")
        address_check.start(self.instance, new)
        return gettext("A mail was sent to %(address)s. The address counts once you press its button.") % {
            "address": new
        }
