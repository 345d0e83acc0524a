"""The form that other forms extend: it runs a command and shows why the command refuses."""

from collections.abc import Callable
from typing import Any, TypeVar

from django import forms

from kernel.errors import Malformed, Refused
from kernel.forms.bootstrap import BootstrapFormMixin
from kernel.forms.local_datetime import keep_unchanged_datetimes

Result = TypeVar("Result")


class CommandForm(BootstrapFormMixin, forms.Form):
    """A form that checks the shape of its input; a command decides about the rest."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        keep_unchanged_datetimes(self)

    def run(self, command: Callable[[dict[str, Any]], Result]) -> Result | None:
        """Call `command` with the cleaned data and return its result.

        Returns None when nothing was sent, when the input has errors, or when the command refuses. The reason then
        stands at its field.
        """
        if not self.is_valid():
            return None
        try:
            return command(self.cleaned_data)
        except Refused as refusal:
            self.add_refusal(refusal)
            return None

    def clean_with(self, name: str, clean: Callable[[str, str], str]) -> str:
        """Return the field `name` as the command's own `clean` function gives it.

        The command checks it again. Checking here too shows all errors of the form at once.
        """
        try:
            return clean(self.cleaned_data[name], name)
        except Malformed as refusal:
            raise forms.ValidationError(message_with_label(refusal, str(self.fields[name].label))) from refusal

    def add_refusal(self, refusal: Refused) -> None:
        """Show a command's refusal at the field that it names, or above the form."""
        if refusal.field not in self.fields:
            self.add_error(None, refusal.message)
            return
        self.add_error(refusal.field, message_with_label(refusal, str(self.fields[refusal.field].label)))


def message_with_label(refusal: Refused, label: str) -> str:
    """Return the refusal's message with the field's label in place of its name for programs."""
    sentence = str(refusal.message)
    if refusal.field:
        sentence = sentence.replace(f"\u00a0{refusal.field}\u00a0", f"\u00a0{label}\u00a0", 1)  # « French »
    if refusal.field and sentence.startswith(refusal.field + " "):
        return f"{label}{sentence.removeprefix(refusal.field)}"
    return sentence
