"""`{% load live %}{% live_stream "farm" "person:7" %}` opens the event stream of a page for these topics."""

import re
import time

from django import template
from django.contrib.auth.models import AnonymousUser
from django.template import Context

from accounts.models import User
from kernel.fragments.fragment import Fragment
from live import tickets

register = template.Library()
STREAM = Fragment("live/_stream.html", "ticket", "topics", "person_id", "drawn_at")
LONGEST_PAGE = 5  # seconds since a page read its data, at most
TOPIC = re.compile(r"[a-z]+(:[0-9]+)?")


@register.simple_tag(takes_context=True)
def live_stream(context: Context, *topic_lists: str) -> str:
    """Render the element that static/js/live.js looks for, with a ticket; nothing for a person who is not signed in.

    Each argument is one topic, or several topics separated by spaces as in `data-live`.
    """
    topics = " ".join(topic_lists).split()
    for topic in topics:
        if not TOPIC.fullmatch(topic):
            raise template.TemplateSyntaxError(f"“{topic}” is not a topic; topics are like farm or course:3")
    user: User | AnonymousUser | None = getattr(context.get("request"), "user", None)
    if not topics or user is None or not user.is_authenticated:
        return ""
    followed = sorted(set(topics))
    return STREAM.prepared()(
        ticket=tickets.issue(user.pk, followed),
        topics=" ".join(followed),
        person_id=user.pk,
        drawn_at=str(int(time.time() - LONGEST_PAGE)),
    )
