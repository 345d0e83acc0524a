"""The form that names the school, and the command behind it."""

from typing import Any

from django import forms
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.audit import record
from accounts.models import User
from config.models import School
from kernel.forms.bootstrap import BootstrapFormMixin
from kernel.text.plain_words import BadWords, one_line

ONLY_ROW = 1


class SchoolForm(BootstrapFormMixin, forms.Form):
    name = forms.CharField(label=_("Name of the school"), max_length=120)

    def clean_name(self) -> str:
        try:
            return one_line(self.cleaned_data["name"])
        except BadWords as error:
            raise forms.ValidationError(str(error)) from None


def school_name() -> str:
    """Return the name of the school; "" until staff have named it."""
    return School.objects.filter(pk=ONLY_ROW).values_list("name", flat=True).first() or ""


def name_school(actor: User, name: str) -> None:
    """Save the name of the school, and write it into the audit log. The same name again changes nothing."""
    with transaction.atomic():
        before = school_name()
        if before == name:
            return
        School.objects.update_or_create(pk=ONLY_ROW, defaults={"name": name})
        values: dict[str, Any] = {"before": {"name": before} if before else {}, "after": {"name": name}}
        record(actor, "config.name_school", f"school:{ONLY_ROW}", **values)
