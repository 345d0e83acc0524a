"""One page of the audit log: its events as sentences, and the links to the pages before and after."""

from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.http import urlencode

from accounts.audit_log.details import Change, changes_of
from accounts.audit_log.filters import AuditFilterForm
from accounts.audit_log.objects import NamedObject, name_objects
from accounts.audit_log.titles import title_of
from accounts.models import AuditEvent
from kernel.exports.menu import export_links

PAGE = 50


@dataclass(frozen=True)
class Entry:
    """An event in words. `actor_filter` and `object_filter` are the values of the filters that find its like."""

    event: AuditEvent
    title: str
    actor: str
    actor_filter: str
    object: NamedObject
    changes: list[Change]

    @property
    def object_filter(self) -> str:
        return self.event.subject


def load_page(form: AuditFilterForm, query: QueryDict, export_title: str) -> dict[str, Any]:
    """Return the context of the page. `before` or `after` in the query is the number of an event."""
    events, has_earlier, has_later = _page_of(form.events(), query)
    filters: dict[str, str] = {name: str(query[name]) for name in form.fields if query.get(name)}
    kept = f"{urlencode(filters)}&" if filters else ""
    objects = name_objects(events)
    return {
        "form": form,
        "entries": [_entry(event, objects) for event in events],
        "earlier": f"?{kept}before={events[-1].pk}" if has_earlier else "",
        "later": f"?{kept}after={events[0].pk}" if has_later else "",
        "exports": [export_links(export_title, "audit-log-file", query=urlencode(filters))],
    }


def _page_of(events: QuerySet[AuditEvent], query: QueryDict) -> tuple[list[AuditEvent], bool, bool]:
    """Return the events of a page, the latest first, and whether there are earlier and later ones.

    The page begins at a number, so its cost does not depend on the number of pages before it.
    """
    events = events.select_related("actor")
    before, after = _number(query.get("before")), _number(query.get("after"))
    if after is not None:
        rows = list(events.filter(pk__gt=after).order_by("pk")[: PAGE + 1])
        if len(rows) >= PAGE:
            return rows[:PAGE][::-1], True, len(rows) > PAGE
        before = None  # few are later: the first page shows them with those that follow
    if before is not None:
        events = events.filter(pk__lt=before)
    rows = list(events.order_by("-pk")[: PAGE + 1])
    return rows[:PAGE], len(rows) > PAGE, before is not None and bool(rows)


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) <= 18 else None


def _entry(event: AuditEvent, objects: dict[str, NamedObject]) -> Entry:
    actor, actor_filter = actor_of(event)
    return Entry(event, title_of(event.verb), actor, actor_filter, objects[event.subject], changes_of(event))


def actor_of(event: AuditEvent) -> tuple[str, str]:
    """Return the name of who acted, and the value of the filter that finds their events."""
    if event.actor:
        return event.actor.display_name, event.actor.username
    return ("Atelier" if event.actor_name == "atelier" else event.actor_name), event.actor_name
