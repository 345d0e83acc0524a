"""The lines of a booking in a form: one machine each (or a wish for one), with a share of it.

The first line's fields have plain names (`resource`, `gpus`, `memory_gb`), so that an address can name them; those of
the others begin with `m2-`, `m3-`, … `lines` says how many there are.
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

FIELDS = ("resource", "gpus", "memory_gb")
MOST_LINES = 20
MODEL, TAG = "model:", "tag:"


class MachineWish(forms.ChoiceField):
    """A machine (its number), or any: that fits, of a model, with a tag. Cleans to a Machine or to those words."""

    def __init__(self, **options: Any) -> None:
        super().__init__(label=_("Machine"), required=False, **options)
        self.machines: dict[str, Machine] = {}

    def offer(self, machines: Sequence[Machine], *, wishes: bool) -> None:
        self.machines = {str(machine.pk): machine for machine in machines}
        named = [(pk, f"{machine.name}, {wording.size(machine)}") for pk, machine in self.machines.items()]
        if not wishes:
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
        word = super().clean(value)
        return self.machines.get(word, word)


class LineForm(forms.Form):
    resource = MachineWish()
    gpus = forms.IntegerField(label=_("GPUs"), min_value=0, max_value=MAX_QUANTITY)
    memory_gb = forms.IntegerField(label=_("Memory (GB)"), min_value=0, max_value=MAX_QUANTITY)

    def __init__(
        self, index: int, machines: Sequence[Machine], wishes: bool, data: Any = None, initial: Any = None
    ) -> None:
        super().__init__(data, prefix=prefix_of(index), initial=initial)
        self.index = index
        self.fields["resource"].offer(machines, wishes=wishes)  # type: ignore[attr-defined]
        for name, field in self.fields.items():
            field.widget.attrs["class"] = "form-select" if name == "resource" else "form-control"

    @classmethod
    def several(cls, data: Mapping[str, Any], machines: Sequence[Machine], wishes: bool) -> list["LineForm"]:
        return [cls(index, machines, wishes, data) for index in range(count_in(data))]

    @property
    def number(self) -> int:
        return self.index + 1

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("gpus") == 0 and data.get("memory_gb") == 0:
            self.add_error("gpus", _("Ask for at least one GPU or some memory."))
        return data

    @property
    def wish(self) -> MachineRequest:
        data = self.cleaned_data
        need, which = Share(data["gpus"], data["memory_gb"]), data["resource"]
        if isinstance(which, Machine):
            return MachineRequest(need, machine=which)
        if which.startswith(MODEL):
            return MachineRequest(need, model=which.removeprefix(MODEL))
        return MachineRequest(need, tag=which.removeprefix(TAG))

    @property
    def line(self) -> RequestedAllocation:
        """Of a form that knows no wishes."""
        return RequestedAllocation(
            self.cleaned_data["resource"].pk, self.cleaned_data["gpus"], self.cleaned_data["memory_gb"]
        )


def unbound_lines(initial: Sequence[dict[str, Any]], machines: Sequence[Machine], wishes: bool) -> list[LineForm]:
    return [LineForm(index, machines, wishes, initial=values) for index, values in enumerate(initial or [{}])]


def prefix_of(index: int) -> str | None:
    return f"m{index + 1}" if index else None


def name_of(index: int, field: str) -> str:
    return f"m{index + 1}-{field}" if index else field


def count_in(data: Mapping[str, Any]) -> int:
    text = str(data.get("lines", ""))
    return min(MOST_LINES, max(1, int(text))) if text.isascii() and text.isdigit() and len(text) < 4 else 1


def raw(data: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The lines as they were typed, for a form that shows them again without judging them."""
    found = []
    for index in range(count_in(data)):
        named = {field: data.get(name_of(index, field)) for field in FIELDS}
        found.append({field: value for field, value in named.items() if value is not None})
    return found


def edited(lines: Sequence[dict[str, Any]], action: str) -> list[dict[str, Any]]:
    """`add` puts one more at the end, `remove-2` takes out the third; the last one stays."""
    if action == "add":
        return [*lines, {"gpus": 1, "memory_gb": 0}][:MOST_LINES]
    gone = action.removeprefix("remove-")
    return [line for index, line in enumerate(lines) if str(index) != gone] or list(lines)


def hidden(lines: Iterable[tuple[Machine, tuple[int, int]]]) -> dict[str, Any]:
    """The fields that would send these lines."""
    found: dict[str, Any] = {}
    for index, (machine, need) in enumerate(lines):
        found |= {name_of(index, field): value for field, value in zip(FIELDS, (machine.pk, *need), strict=True)}
        found["lines"] = index + 1
    return found
