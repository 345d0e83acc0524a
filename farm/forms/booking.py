"""The forms of a booking: machines, shares, start and end, owner, project, purpose."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from farm.forms.allocations import bound_forms, unbound_forms
from farm.models import Machine, Project
from farm.rules import wording
from farm.rules.permissions import may_manage, project_ids_of
from kernel.forms.bootstrap import BootstrapFormMixin
from kernel.forms.local_datetime import LocalDateTimeField, keep_unchanged_datetimes

LENGTHS = (1, 2, 4, 8, 12, 24, 48, 72, 168)  # hours


class AllocationsForm(BootstrapFormMixin, forms.Form):
    """A form with one machine or more.

    `allocation_forms` are the forms of the machines; they are validated with it. `rows` are the initial values of an
    unbound form, one row per machine. `any_machine`: the person may leave the choice of a machine to the farm.
    """

    asks_about_memory = True

    def __init__(
        self,
        data: Any = None,
        *,
        machines: Sequence[Machine],
        rows: Sequence[dict[str, Any]] = (),
        any_machine: bool = True,
        initial: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(data, initial=initial)
        self.allocation_forms = (
            bound_forms(data, machines, any_machine) if self.is_bound else unbound_forms(rows, machines, any_machine)
        )

    def is_valid(self) -> bool:
        results = [form.is_valid() for form in self.allocation_forms]
        chosen = set()
        for form in self.allocation_forms:
            machine = form.cleaned_data.get("resource")
            if isinstance(machine, Machine) and machine.pk in chosen:
                form.add_error("resource", gettext("This machine is named twice."))
                results.append(False)
            chosen.add(machine.pk if isinstance(machine, Machine) else None)
            results.append(not (self.asks_about_memory and form.ask_about_memory()))
        return super().is_valid() and all(results)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("length") and data.get("start"):
            data["end"] = data["start"] + timedelta(hours=int(data["length"]))
        elif "end" in self.fields and not data.get("end") and not self.errors.get("end"):
            self.add_error("end", _("Say when it ends, or for how long."))
        if data.get("start") and data.get("end") and data["start"] >= data["end"]:
            self.add_error("end", _("The end must be after the start."))
        return data


class BookingForm(AllocationsForm):
    """A new booking.

    `preview_only`: nothing is booked yet, so that the purpose may still be empty.
    """

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

    def __init__(self, data: Any = None, *, person: User, preview_only: bool = False, **options: Any) -> None:
        super().__init__(data, **options)
        self.person = person
        self.fields["purpose"].required = not preview_only
        self.asks_about_memory = not preview_only
        if may_manage(person):
            self.fields["project"].queryset = Project.objects.all()  # type: ignore[attr-defined]
        else:
            del self.fields["owner"]
            projects = Project.objects.filter(pk__in=project_ids_of(person))
            self.fields["project"].queryset = projects  # type: ignore[attr-defined]
        self.fields["length"].choices = [("", _("Until the end given")), *lengths()]  # type: ignore[attr-defined]

    def clean_owner(self) -> User:
        """The named person; without a name, the person who fills in the form."""
        username = self.cleaned_data["owner"].strip()
        owner = User.objects.filter(username=username, is_active=True).first() if username else self.person
        if owner is None:
            raise forms.ValidationError(gettext("There is nobody named %(name)s.") % {"name": username})
        return owner


class ChangeForm(AllocationsForm):
    """Another span, other shares or other machines.

    `only_end`: of a running booking only the end can change.
    """

    start = LocalDateTimeField(label=_("Start"))
    end = LocalDateTimeField(label=_("End"))
    purpose = forms.CharField(label=_("Purpose"), max_length=200, required=False)
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, data: Any = None, *, only_end: bool = False, **options: Any) -> None:
        super().__init__(data, **options)
        keep_unchanged_datetimes(self)
        if only_end:
            del self.fields["start"]
            self.allocation_forms = []


def lengths() -> list[tuple[int, str]]:
    """Return the choices of the length of a booking: hours, and their words."""
    return [(hours, _length(hours)) for hours in LENGTHS]


def _length(hours: int) -> str:
    days, rest = divmod(hours, 24)
    if rest or days < 2:
        return wording.duration(timedelta(hours=hours))
    return ngettext("%(count)s day", "%(count)s days", days) % {"count": days}
