"""The machines of a booking in a form: one small form per machine, with the share of it.

The fields of the first form have plain names (`resource`, `gpus`, `memory_gb`), so that a link can fill them; those of
the others begin with `m2-`, `m3-`, … The field `lines` says how many forms there are.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from farm.models import MAX_QUANTITY, Machine
from farm.queries.slot_search import MachineRequest
from farm.rules import wording
from farm.rules.availability import Share
from farm.rules.limits import RequestedAllocation
from kernel.forms.bootstrap import BootstrapFormMixin
from kernel.web.query_string import whole_number

FIELDS = ("resource", "gpus", "memory_gb")
MOST_MACHINES = 20
MODEL, TAG = "model:", "tag:"  # begin the value of a choice that is no single machine


class MachineChoiceField(forms.ChoiceField):
    """A machine, or any machine: that fits, of a model, or with a tag.

    Cleans to a Machine; for any machine to the value of the choice: "", `model:…` or `tag:…`.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(label=_("Machine"), required=False, **options)
        self.machines: dict[str, Machine] = {}

    def offer(self, machines: Sequence[Machine], *, any_machine: bool) -> None:
        """Set the choices. Without `any_machine` one of `machines` must be chosen."""
        self.machines = {str(machine.pk): machine for machine in machines}
        named = [(pk, f"{machine.name}, {wording.size(machine)}") for pk, machine in self.machines.items()]
        if not any_machine:
            self.required = True
            self.choices = [("", gettext("Choose a machine")), *named]
            return
        models = sorted({machine.gpu_model for machine in machines if machine.gpu_model})
        tags = sorted({tag for machine in machines for tag in machine.tags})
        groups = [
            (
                gettext("Any of a model"),
                [(MODEL + model, gettext("Any %(model)s") % {"model": model}) for model in models],
            ),
            (gettext("Any with a tag"), [(TAG + tag, gettext("Any with “%(tag)s”") % {"tag": tag}) for tag in tags]),
            (gettext("One machine"), named),
        ]
        self.choices = [("", gettext("Any that fits")), *(group for group in groups if group[1])]

    def clean(self, value: Any) -> Any:
        choice = super().clean(value)
        return self.machines.get(choice, choice)


class AllocationForm(BootstrapFormMixin, forms.Form):
    """One machine and the share of it."""

    resource = MachineChoiceField()
    gpus = forms.IntegerField(label=_("GPUs"), min_value=0, max_value=MAX_QUANTITY)
    memory_gb = forms.IntegerField(label=_("Memory (GB)"), min_value=0, max_value=MAX_QUANTITY)

    def __init__(
        self, index: int, machines: Sequence[Machine], any_machine: bool, data: Any = None, initial: Any = None
    ) -> None:
        super().__init__(data, prefix=prefix_of(index), initial=initial)
        self.index = index
        self.fields["resource"].offer(machines, any_machine=any_machine)  # type: ignore[attr-defined]

    @property
    def number(self) -> int:
        return self.index + 1

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("gpus") == 0 and data.get("memory_gb") == 0:
            self.add_error("gpus", _("Ask for at least one GPU or some memory."))
        return data

    @property
    def machine_request(self) -> MachineRequest:
        """The share, and the machine or the kind of machine that it is asked of."""
        data = self.cleaned_data
        need, choice = Share(data["gpus"], data["memory_gb"]), data["resource"]
        if isinstance(choice, Machine):
            return MachineRequest(need, machine=choice)
        if choice.startswith(MODEL):
            return MachineRequest(need, model=choice.removeprefix(MODEL))
        return MachineRequest(need, tag=choice.removeprefix(TAG))

    @property
    def requested_allocation(self) -> RequestedAllocation:
        """The share of the chosen machine; only for a form without `any_machine`."""
        return RequestedAllocation(
            self.cleaned_data["resource"].pk, self.cleaned_data["gpus"], self.cleaned_data["memory_gb"]
        )


def bound_forms(data: Mapping[str, Any], machines: Sequence[Machine], any_machine: bool) -> list[AllocationForm]:
    """Return as many forms as `data` says, bound to it."""
    return [AllocationForm(index, machines, any_machine, data) for index in range(count_in(data))]


def unbound_forms(
    rows: Sequence[dict[str, Any]], machines: Sequence[Machine], any_machine: bool
) -> list[AllocationForm]:
    """Return a form for each row of initial values, and one empty form where there is no row."""
    return [AllocationForm(index, machines, any_machine, initial=row) for index, row in enumerate(rows or [{}])]


def prefix_of(index: int) -> str | None:
    return f"m{index + 1}" if index else None


def name_of(index: int, field: str) -> str:
    return f"m{index + 1}-{field}" if index else field


def count_in(data: Mapping[str, Any]) -> int:
    return min(MOST_MACHINES, whole_number(str(data.get("lines", "")), digits=3) or 1)


def typed_rows(data: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the values as they were typed, unchecked, for a form that shows them again."""
    rows = []
    for index in range(count_in(data)):
        values = {field: data.get(name_of(index, field)) for field in FIELDS}
        rows.append({field: value for field, value in values.items() if value is not None})
    return rows


def edited_rows(rows: Sequence[dict[str, Any]], action: str) -> list[dict[str, Any]]:
    """Return the rows after a button: `add` appends one, `remove-2` takes out the third.

    The last one stays.
    """
    if action == "add":
        return [*rows, {"gpus": 1, "memory_gb": 0}][:MOST_MACHINES]
    removed = action.removeprefix("remove-")
    return [row for index, row in enumerate(rows) if str(index) != removed] or list(rows)


def hidden_fields(shares: Iterable[tuple[Machine, tuple[int, int]]]) -> dict[str, Any]:
    """Return the form fields that ask for these shares (GPUs and GB) of these machines."""
    fields: dict[str, Any] = {}
    for index, (machine, share) in enumerate(shares):
        fields |= {name_of(index, field): value for field, value in zip(FIELDS, (machine.pk, *share), strict=True)}
        fields["lines"] = index + 1
    return fields
