"""The name of the school in templates."""

from django import template

from config.first_steps.school_form import school_name as load_name

register = template.Library()


@register.simple_tag
def school_name() -> str:
    """Return the name of the school, with one query; "" until staff have named it."""
    return load_name()
