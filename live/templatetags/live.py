"""`{% load live %}{% live_stream "farm" "person:7" %}`: opens the page's one stream to these topics."""

import re
from typing import Any

from django import template
from django.template import Context

from live import tickets

register = template.Library()
TOPIC = re.compile(r"[a-z]+(:[0-9]+)?")


@register.inclusion_tag("live/_stream.html", takes_context=True)
def live_stream(context: Context, *words: str) -> dict[str, Any]:
    """The element that static/js/live.js finds, with a ticket for the reader; nothing for somebody not signed in.

    Each of `words` is one topic or, as in `data-live`, several with spaces between them.
    """
    topics = " ".join(words).split()
    for topic in topics:
        if not TOPIC.fullmatch(topic):
            raise template.TemplateSyntaxError(f"“{topic}” is not a topic such as farm or course:3")
    user = getattr(context.get("request"), "user", None)
    if not topics or user is None or not user.is_authenticated:
        return {}
    return {"ticket": tickets.issue(user.pk, set(topics))}
