"""The forms of a booking: which machines, how much of each, from when to when, for whom and what for."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from farm.forms.lines import LineForm, unbound_lines
from farm.models import Machine, Project
from farm.rules import wording
from farm.rules.permissions import may_manage, project_ids_of
from kernel.forms.local_datetime import LocalDateTimeField, keep_unchanged_datetimes

LENGTHS = (1, 2, 4, 8, 12, 24, 48, 72, 168)  # hours


class WithLines(forms.Form):
    """A form with one line or more, each a share of one machine. `lines` are forms of their own, valid with it."""

    def __init__(
        self,
        data: Any = None,
        *,
        machines: Sequence[Machine],
        lines: Sequence[dict[str, Any]] = (),
        wishes: bool = True,
        initial: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(data, initial=initial)
        self.lines = (
            LineForm.several(data, machines, wishes) if self.is_bound else unbound_lines(lines, machines, wishes)
        )
        for field in self.fields.values():
            if not field.widget.is_hidden:
                select = isinstance(field.widget, forms.Select)
                field.widget.attrs["class"] = "form-select" if select else "form-control"

    def is_valid(self) -> bool:
        lines = [line.is_valid() for line in self.lines]
        named = set()
        for line in self.lines:
            machine = line.cleaned_data.get("resource")
            if isinstance(machine, Machine) and machine.pk in named:
                line.add_error("resource", gettext("This machine is named twice."))
                lines.append(False)
            named.add(machine.pk if isinstance(machine, Machine) else None)
        return super().is_valid() and all(lines)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("length") and data.get("start"):
            data["end"] = data["start"] + timedelta(hours=int(data["length"]))
        elif "end" in self.fields and not data.get("end") and not self.errors.get("end"):
            self.add_error("end", _("Say when it ends, or for how long."))
        if data.get("start") and data.get("end") and data["start"] >= data["end"]:
            self.add_error("end", _("The end must be after the start."))
        return data


class BookingForm(WithLines):
    """A new booking, in words that `farm/domain/book_any.py` understands. `asks_only`: nothing is booked yet."""

    start = LocalDateTimeField(label=_("Start"))
    end = LocalDateTimeField(label=_("End"), required=False)
    length = forms.TypedChoiceField(label=_("Or for how long"), required=False, coerce=int, empty_value=None)
    owner = forms.CharField(
        label=_("Booked for"), required=False, max_length=150, help_text=_("A user name; empty for yourself.")
    )
    project = forms.ModelChoiceField(
        Project.objects.none(), label=_("Project"), required=False, empty_label=_("Just me")
    )
    purpose = forms.CharField(
        label=_("Purpose"), max_length=200, error_messages={"required": _("Say in a few words what this is for.")}
    )

    def __init__(self, data: Any = None, *, person: Any, asks_only: bool = False, **more: Any) -> None:
        super().__init__(data, **more)
        self.person = person
        self.fields["purpose"].required = not asks_only
        if may_manage(person):
            self.fields["project"].queryset = Project.objects.all()  # type: ignore[attr-defined]
        else:
            del self.fields["owner"]
            projects = Project.objects.filter(pk__in=project_ids_of(person))
            self.fields["project"].queryset = projects  # type: ignore[attr-defined]
        self.fields["length"].choices = [("", _("Until the end given")), *lengths()]  # type: ignore[attr-defined]

    def clean_owner(self) -> User:
        """The person named; the one who asks where nobody is."""
        username = self.cleaned_data["owner"].strip()
        owner = User.objects.filter(username=username, is_active=True).first() if username else self.person
        if owner is None:
            raise forms.ValidationError(gettext("There is nobody named %(name)s.") % {"name": username})
        return owner


class ChangeForm(WithLines):
    """Another span, other shares, other machines; of a running booking the end alone (`only_end`)."""

    start = LocalDateTimeField(label=_("Start"))
    end = LocalDateTimeField(label=_("End"))
    purpose = forms.CharField(label=_("Purpose"), max_length=200, required=False)
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, data: Any = None, *, only_end: bool = False, **more: Any) -> None:
        super().__init__(data, **more)
        keep_unchanged_datetimes(self)
        if only_end:
            del self.fields["start"]
            self.lines = []


def lengths() -> list[tuple[int, str]]:
    return [(hours, _length(hours)) for hours in LENGTHS]


def _length(hours: int) -> str:
    days, rest = divmod(hours, 24)
    if rest or days < 2:
        return wording.duration(timedelta(hours=hours))
    return ngettext("%(count)s day", "%(count)s days", days) % {"count": days}
