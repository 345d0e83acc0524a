"""The forms of a connection with a forge: the forge with its token, and another token."""

from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from courses.forms.base import CommandForm
from courses.git.reading_credentials import can_read
from courses.models import ForgeConnection
from courses.rules.tree import RepositoryPlace

OWN_SERVER = _("Leave it empty for github.com, gitlab.com, codeberg.org or bitbucket.org.")


def token_field(label: Any) -> forms.CharField:
    """Return a field for a token. The page never contains one that was sent."""
    widget = forms.PasswordInput({"autocomplete": "off", "spellcheck": "false"}, render_value=False)
    return forms.CharField(label=label, max_length=2000, widget=widget)


class ForgeForm(CommandForm):
    """The forge, its organisation or group, a token, and the place of the course where the repositories belong."""

    forge = forms.ChoiceField(label=_("Forge"), choices=ForgeConnection.Forge.choices)
    base_url = forms.CharField(label=_("Address of your own server"), required=False, help_text=OWN_SERVER)
    owner = forms.CharField(
        label=_("Organisation, group or workspace"),
        help_text=_("Its name as the address has it, such as sysprog-2026, or the address itself."),
    )
    token = token_field(_("Token"))
    repo_path = forms.ChoiceField(label=_("Repository of the course"))
    reads_with_token = forms.BooleanField(
        label=_("Read private repositories with this token"),
        required=False,
        initial=True,
        help_text=_("Once you have confirmed the list, repositories of this organisation alone are read with it."),
    )

    def __init__(self, places: list[RepositoryPlace], data: Any = None) -> None:
        super().__init__(data, initial={"forge": ForgeConnection.Forge.GITLAB.value})
        self.fields["token"].help_text = _(
            "GitHub: a fine-grained token with Webhooks and Administration (read and write), and Contents (read). "
            "GitLab: a group token with the role Maintainer and the scope api. Gitea, Forgejo: write:repository and "
            "read:organization. Bitbucket: repository and webhook. It is stored encrypted, sent to this forge "
            "alone, and never shown again."
        )
        choices = [(place.repo_path, place.title or place.repo_path) for place in places]
        cast(forms.ChoiceField, self.fields["repo_path"]).choices = choices
        if not can_read():
            del self.fields["reads_with_token"]


class ForgeTokenForm(CommandForm):
    """Another token for a connection."""

    token = token_field(_("New token"))
