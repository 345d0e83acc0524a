"""The forms with which staff administer the accounts of others."""

import re
from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.holdings import Holding
from accounts.models import User
from kernel.forms.bootstrap import BootstrapFormMixin


class CodesForm(BootstrapFormMixin, forms.Form):
    """The user names of the people who get a printed code."""

    names = forms.CharField(
        label=gettext_lazy("User names"),
        max_length=60_000,
        widget=forms.Textarea(attrs={"rows": 8, "autocapitalize": "none", "spellcheck": "false"}),
        help_text=gettext_lazy("One a line. The older code of a person ends."),
    )

    def clean_names(self) -> list[str]:
        """Return the user names. Commas, semicolons and spaces separate them too."""
        return [name for name in re.split(r"[\s,;]+", self.cleaned_data["names"]) if name]


class ClosingForm(BootstrapFormMixin, forms.Form):
    """The way to settle each holding of a person, and the person who gets those that are handed over.

    `mark` stands for the things that the page showed.
    """

    mark = forms.CharField(widget=forms.HiddenInput)
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=200,
        required=False,
        help_text=gettext_lazy("For the audit log; may stay empty."),
    )

    def __init__(self, person: User, holdings: Sequence[Holding], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._person, self._holdings = person, holdings
        self.ways: dict[str, str] = {}
        self.heirs: dict[str, User] = {}
        for number, holding in enumerate(holdings):
            self.fields[f"way{number}"] = forms.ChoiceField(
                label=holding.question, choices=list(holding.ways.items()), widget=forms.Select
            )
            if holding.hands_over & set(holding.ways):
                self.fields[f"heir{number}"] = forms.CharField(
                    label=_("User name of the other person"),
                    max_length=255,
                    required=False,
                    widget=forms.TextInput(attrs={"autocapitalize": "none", "spellcheck": "false"}),
                    help_text=_("Only where the choice above names somebody else."),
                )

    def rows(self) -> list[tuple[Holding, forms.BoundField, forms.BoundField | None]]:
        """Return each holding with its fields."""
        return [
            (holding, self[f"way{number}"], self[f"heir{number}"] if f"heir{number}" in self.fields else None)
            for number, holding in enumerate(self._holdings)
        ]

    def clean(self) -> dict[str, Any]:
        """Find the people who get something."""
        cleaned = super().clean() or {}
        for number, holding in enumerate(self._holdings):
            way = cleaned.get(f"way{number}", "")
            self.ways[holding.name] = way
            if way in holding.hands_over:
                self._clean_heir(f"heir{number}", holding)
        return cleaned

    def _clean_heir(self, field: str, holding: Holding) -> None:
        name = self.cleaned_data.get(field, "").strip()
        heir = User.objects.filter(username=name, is_active=True).exclude(kind=User.Kind.SERVICE).first()
        if not name:
            self.add_error(field, _("Enter the user name of the other person."))
        elif heir is None or heir.pk == self._person.pk:
            self.add_error(field, _("Nobody else here has this user name and an open account."))
        else:
            self.heirs[holding.name] = heir
