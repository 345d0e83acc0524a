"""The form that all forms of courses extend."""

from kernel.forms.command_form import CommandForm, message_with_label

__all__ = ["CommandForm", "message_with_label"]
