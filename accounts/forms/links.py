"""The forms of people who are not signed in: a new password, a forgotten one, a printed code, the first account."""

from typing import Any

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from kernel.errors import Malformed
from kernel.forms.bootstrap import BootstrapFormMixin
from mail.addresses import clean_address

LONGEST_PASSWORD = 500  # characters
AUTOCOMPLETE = {"username": "username", "first_name": "given-name", "last_name": "family-name", "email": "email"}


def new_password_field() -> forms.CharField:
    """Return the field in which a person types a new password, once."""
    return forms.CharField(
        label=_("Password"),
        strip=False,
        max_length=LONGEST_PASSWORD,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("10 characters or more; four words will do."),
    )


class NewPasswordForm(BootstrapFormMixin, forms.Form):
    """A new password for a known person. It is typed once: whoever mistypes it asks for a new link."""

    password = new_password_field()

    def __init__(self, person: User | None, *args: Any, **kwargs: Any) -> None:
        self._person = person
        super().__init__(*args, **kwargs)

    def clean_password(self) -> str:
        """Return the password. Raises ValidationError for a weak one."""
        password: str = self.cleaned_data["password"]
        validate_password(password, self._person)
        return password


class CodeForm(NewPasswordForm):
    """A user name, the code that staff printed for it, and the new password."""

    username = forms.CharField(
        label=_("User name"),
        max_length=255,
        widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}),
    )
    code = forms.CharField(
        label=_("Code"),
        max_length=40,
        help_text=_("As it is printed, such as ABCDE-FGHJK. Small letters work too; hyphens may be left out."),
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "autocapitalize": "characters", "spellcheck": "false"}
        ),
    )
    field_order = ["username", "code", "password"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(None, *args, **kwargs)


class ForgottenPasswordForm(BootstrapFormMixin, forms.Form):
    email = forms.CharField(
        label=_("E-mail address"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        help_text=_("The address that the school, or you, gave for your account."),
    )

    def clean_email(self) -> str:
        """Return a valid address. Raises ValidationError for anything else."""
        try:
            return clean_address(self.cleaned_data["email"])
        except Malformed as refusal:
            raise forms.ValidationError(refusal.message) from None


class FirstAccountForm(BootstrapFormMixin, forms.ModelForm):  # type: ignore[type-arg]
    """The first account of an empty installation."""

    password = new_password_field()

    class Meta:
        model = User
        fields = ("username", "first_name", "last_name", "email")
        labels = {"email": _("E-mail address")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].widget.attrs |= {"autocapitalize": "none", "spellcheck": "false"}
        for name, token in AUTOCOMPLETE.items():
            self.fields[name].widget.attrs["autocomplete"] = token

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]  # fills the instance, against which the password is checked
        if password := self.cleaned_data.get("password"):
            try:
                validate_password(password, self.instance)
            except forms.ValidationError as error:
                self.add_error("password", error)
