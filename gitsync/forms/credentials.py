"""The forms of credentials. A token that was sent is never in the page again, not even after an error."""

from typing import Any, TypeVar

from django import forms
from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.http import QueryDict
from django.utils.translation import gettext_lazy

from gitsync.domain import credential_fields
from gitsync.models import CourseKey, Credential
from kernel.forms.command_form import CommandForm

TOKEN_KINDS = [
    (Credential.Kind.BASIC, gettext_lazy("With a user name (Basic)")),
    (Credential.Kind.BEARER, gettext_lazy("Alone (Bearer)")),
]
OFF = {"autocomplete": "off", "spellcheck": "false", "autocapitalize": "none"}


class SecretForm(CommandForm):
    """A token, how it is sent, and its last day."""

    kind = forms.ChoiceField(
        label=gettext_lazy("How the token is sent"),
        choices=TOKEN_KINDS,
        help_text=gettext_lazy("Most forges want a user name. Choose “Alone” only where the server asks for it."),
    )
    user_name = forms.CharField(
        label=gettext_lazy("User name"),
        max_length=255,
        required=False,
        widget=forms.TextInput(OFF),
        help_text=gettext_lazy("GitHub and GitLab take any name: leave it empty for git. Not sent with a token alone."),
    )
    token = forms.CharField(
        label=gettext_lazy("Token"),
        max_length=4000,
        widget=forms.PasswordInput(OFF),
        help_text=gettext_lazy("It is stored encrypted, and sent only to this server. It is never shown again."),
    )
    expires_on = forms.DateField(
        label=gettext_lazy("Last day"),
        required=False,
        widget=forms.DateInput({"type": "date", "autocomplete": "off"}, format="%Y-%m-%d"),
        help_text=gettext_lazy("As the forge shows it. Leave it empty when the token never expires."),
    )

    def values(self) -> dict[str, Any]:
        """Return the cleaned fields as the arguments of `save_token`."""
        data = dict(self.cleaned_data)
        return data | {"bearer": data.pop("kind") == Credential.Kind.BEARER}


class NewTokenForm(CommandForm):
    """A token that takes the place of another one, and its last day."""

    token = SecretForm.base_fields["token"]
    expires_on = SecretForm.base_fields["expires_on"]


class ServerForm(CommandForm):
    """The server of a credential, and the paths that it is for."""

    host = forms.CharField(
        label=gettext_lazy("Server"),
        max_length=300,
        widget=forms.TextInput(OFF | {"placeholder": "gitlab.school.example"}),
        help_text=gettext_lazy("The name in the addresses of the repositories."),
    )
    path_prefixes = forms.CharField(
        label=gettext_lazy("Only repositories below"),
        max_length=4000,
        required=False,
        widget=forms.Textarea(OFF | {"rows": 2, "placeholder": "sysprog-2026"}),
        help_text=gettext_lazy(
            "One path a line, such as the group or the organisation. Empty: all repositories of the server."
        ),
    )

    def clean_host(self) -> str:
        return self.clean_with("host", lambda text, _name: credential_fields.clean_host(text))

    def clean_path_prefixes(self) -> list[str]:
        text: str = self.cleaned_data["path_prefixes"]
        return text.splitlines()


class TokenForm(SecretForm, ServerForm):
    """A token for some repositories of a server."""

    field_order: tuple[str, ...] = ("host", "path_prefixes", "kind", "user_name", "token", "expires_on")


class DeployKeyForm(ServerForm):
    """A server for which a key pair is made here."""

    user_name = forms.CharField(
        label=gettext_lazy("User of SSH"),
        max_length=255,
        required=False,
        initial="git",
        widget=forms.TextInput(OFF),
        help_text=gettext_lazy("It is git on nearly every forge."),
    )
    ssh_port = forms.IntegerField(
        label=gettext_lazy("Port of SSH"),
        initial=22,
        validators=[MinValueValidator(1), MaxValueValidator(65_535)],
        widget=forms.NumberInput({"autocomplete": "off"}),
    )


class ServedCourses(CommandForm):
    """Some courses, or all of them: the courses whose repositories a credential of a server may read."""

    courses = forms.ModelMultipleChoiceField(
        label=gettext_lazy("Courses"),
        queryset=CourseKey.objects.order_by("teacher_id", "semester_id", "course_id"),
        required=False,
        help_text=gettext_lazy("Teacher, semester and course. Choose none to serve all courses."),
    )


Token = TypeVar("Token", bound=TokenForm)
Key = TypeVar("Key", bound=DeployKeyForm)


class HostTokenForm(ServedCourses, TokenForm):
    field_order = (*TokenForm.field_order, "courses")


class HostDeployKeyForm(ServedCourses, DeployKeyForm):
    field_order = ("host", "path_prefixes", "user_name", "ssh_port", "courses")


def forms_of(
    data: QueryDict, token_class: type[Token], key_class: type[Key], **initial: str
) -> tuple[Token, Key | None]:
    """Return a form for a token and one for a key, of which the pressed button (`add`) fills one with `data`.

    None in place of the second one where SSH is switched off.
    """
    pressed = data.get("add", "")
    token_form = token_class(data if pressed == "token" else None, auto_id="token-%s", initial=initial)
    if "ssh" not in settings.GIT_SCHEMES:
        return token_form, None
    return token_form, key_class(data if pressed == "key" else None, auto_id="key-%s", initial=initial)


def status_of(*forms: CommandForm | None) -> int:
    """Return the HTTP status of a page with these forms: 422 when one has errors."""
    return 422 if any(form is not None and form.errors for form in forms) else 200
