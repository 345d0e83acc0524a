"""`{% load calendars %}{% calendar_addresses %}` draws the card "Calendar addresses" of the signed-in person.

A tag, because the account page belongs to an app below this one.
"""

from typing import Any

from django import template
from django.template.context import RequestContext

from accounts.principals import person_of
from calendars.card import calendars_context

register = template.Library()


@register.inclusion_tag("calendars/_calendars.html", takes_context=True)
def calendar_addresses(context: RequestContext) -> dict[str, Any]:
    request = context["request"]
    return {"csrf_token": context.get("csrf_token"), **calendars_context(person_of(request))}
