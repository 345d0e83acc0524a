"""Bootstrap's CSS classes on the widgets of a form."""

from typing import Any

from django import forms


class BootstrapBoundField(forms.BoundField):
    """A field whose visible widget is drawn with Bootstrap's class for a select, a checkbox, or anything else."""

    def build_widget_attrs(self, attrs: dict[str, Any], widget: forms.Widget | None = None) -> dict[str, Any]:
        """Return the attributes of the widget; a class that the widget has already stays."""
        widget = widget or self.field.widget
        built = super().build_widget_attrs(attrs, widget)
        if widget.is_hidden or "class" in widget.attrs:
            return built
        if isinstance(widget, forms.CheckboxInput):
            return {"class": "form-check-input", **built}
        css_class = "form-select" if isinstance(widget, forms.Select) else "form-control"
        return {"class": css_class, **built}


class BootstrapFormMixin:
    """Gives the widgets of a form their Bootstrap classes. Put it before the form class."""

    bound_field_class: type[forms.BoundField] | None = BootstrapBoundField
