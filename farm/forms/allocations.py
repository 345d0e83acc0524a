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
from farm.rules.limits import RequestedAllocation
from kernel.forms.bootstrap import BootstrapFormMixin
from kernel.web.query_string import whole_number

FIELDS = ("resource", "gpus", "memory_gb")
TYPED_FIELDS = (*FIELDS, "without_memory")
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
        named = [(pk, f"{machine.shown_name}, {wording.size(machine)}") for pk, machine in self.machines.items()]
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
    memory_gb = forms.IntegerField(
        label=_("Memory (GB)"),
        min_value=0,
        max_value=MAX_QUANTITY,
        required=False,
        help_text=_("If empty: memory in proportion to the GPUs."),
    )
    without_memory = forms.BooleanField(
        label=_("Book these GPUs without memory"),
        required=False,
        widget=forms.CheckboxInput({"class": "form-check-input"}),
    )
    asks_about_memory = False  # the form has GPUs without memory, and this is not confirmed

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
        if data.get("gpus") == 0 and not data.get("memory_gb") and "memory_gb" not in self.errors:
            self.add_error("gpus", _("Ask for at least one GPU or some memory."))
        return data

    @property
    def shows_without_memory(self) -> bool:
        return self.asks_about_memory or bool(self["without_memory"].value())

    def ask_about_memory(self) -> bool:
        """Add an error when the form has GPUs without memory and this is not confirmed. Return whether it did."""
        data = self.cleaned_data
        if not data.get("gpus") or data.get("memory_gb") != 0 or data.get("without_memory"):
            return False
        if not any(machine.memory_gb for machine in self._accepted_machines()):
            return False
        self.asks_about_memory = True
        self.add_error("memory_gb", gettext("Few programs run without memory. Leave this empty, or confirm it below."))
        return True

    def _accepted_machines(self) -> list[Machine]:
        """Return the machines that the choice accepts."""
        choice, field = self.cleaned_data.get("resource", ""), self.fields["resource"]
        if isinstance(choice, Machine):
            return [choice]
        machines = field.machines.values()  # type: ignore[attr-defined]
        return [machine for machine in machines if _kind_of_machine(choice).accepts(machine)]

    @property
    def machine_request(self) -> MachineRequest:
        """The share, and the machine or the kind of machine that it is asked of.

        Without a memory where its field is empty: only the chosen machine says how much goes with the GPUs.
        """
        data, choice = self.cleaned_data, self.cleaned_data["resource"]
        kind = MachineRequest(0, machine=choice) if isinstance(choice, Machine) else _kind_of_machine(choice)
        return kind._replace(gpus=data["gpus"], memory_gb=data["memory_gb"])

    @property
    def requested_allocation(self) -> RequestedAllocation:
        """The share of the chosen machine; only for a form without `any_machine`."""
        machine: Machine = self.cleaned_data["resource"]
        return RequestedAllocation(machine.pk, *self.machine_request.need_on(machine))


def _kind_of_machine(choice: str) -> MachineRequest:
    if choice.startswith(MODEL):
        return MachineRequest(0, model=choice.removeprefix(MODEL))
    return MachineRequest(0, tag=choice.removeprefix(TAG))


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
        values = {field: data.get(name_of(index, field)) for field in TYPED_FIELDS}
        rows.append({field: value for field, value in values.items() if value is not None})
    return rows


def edited_rows(rows: Sequence[dict[str, Any]], action: str) -> list[dict[str, Any]]:
    """Return the rows after a button: `add` appends one, `remove-2` takes out the third.

    The last one stays.
    """
    if action == "add":
        return [*rows, {"gpus": 1}][:MOST_MACHINES]
    removed = action.removeprefix("remove-")
    return [row for index, row in enumerate(rows) if str(index) != removed] or list(rows)


def hidden_fields(shares: Iterable[tuple[Machine, tuple[int, int]]]) -> dict[str, Any]:
    """Return the form fields that ask for these shares (GPUs and GB) of these machines."""
    fields: dict[str, Any] = {}
    for index, (machine, share) in enumerate(shares):
        fields |= {name_of(index, field): value for field, value in zip(FIELDS, (machine.pk, *share), strict=True)}
        if is_without_memory(*share):
            fields[name_of(index, "without_memory")] = "on"
        fields["lines"] = index + 1
    return fields


def row_of(machine_id: int, gpus: int, memory_gb: int) -> dict[str, Any]:
    """Return the initial values of a form for an allocation that exists."""
    row: dict[str, Any] = {"resource": machine_id, "gpus": gpus, "memory_gb": memory_gb}
    return row | {"without_memory": True} if is_without_memory(gpus, memory_gb) else row


def is_without_memory(gpus: int, memory_gb: int) -> bool:
    return gpus > 0 and memory_gb == 0
