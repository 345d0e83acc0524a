"""The changes of an audit event as rows of a small table: the field, its value before and after."""

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any, NamedTuple

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts.models import AuditEvent
from kernel.text import dates

MOST_FIELDS = 40
LONGEST_VALUE = 300  # characters
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d")
# The fields that commands keep, in words. Others are shown as they are called in the code.
FIELD_NAMES = {
    "address": gettext_noop("address"),
    "archived": gettext_noop("archived"),
    "assisted_groups": gettext_noop("groups of the assistant"),
    "assistants_extend": gettext_noop("assistants grant extensions"),
    "assistants_override": gettext_noop("assistants count removed work"),
    "course": gettext_noop("course"),
    "course_id": gettext_noop("course id"),
    "deadline": gettext_noop("deadline"),
    "end": gettext_noop("end"),
    "ends_on": gettext_noop("last day"),
    "format": gettext_noop("format"),
    "group": gettext_noop("group"),
    "is_active": gettext_noop("account open"),
    "is_staff": gettext_noop("staff"),
    "is_superuser": gettext_noop("all rights"),
    "kind": gettext_noop("kind"),
    "lines": gettext_noop("machines"),
    "name": gettext_noop("name"),
    "person": gettext_noop("person"),
    "purpose": gettext_noop("purpose"),
    "reason": gettext_noop("reason"),
    "role": gettext_noop("role"),
    "rows": gettext_noop("rows"),
    "semester_id": gettext_noop("semester id"),
    "start": gettext_noop("start"),
    "starts_on": gettext_noop("first day"),
    "starter_commit": gettext_noop("starter commit"),
    "starter_url": gettext_noop("starter repository"),
    "state": gettext_noop("state"),
    "status": gettext_noop("state"),
    "student": gettext_noop("student"),
    "table": gettext_noop("table"),
    "title": gettext_noop("title"),
    "unproven_counts_as": gettext_noop("work whose date is not verified counts as"),
    "url": gettext_noop("address"),
    "zone": gettext_noop("time zone"),
}


class Change(NamedTuple):
    """A field of an event with its values as texts."""

    field: str
    before: str
    after: str


def changes_of(event: AuditEvent) -> list[Change]:
    """Return the fields that an event kept, at most MOST_FIELDS, in the order of the command."""
    before, after = _fields(event.before), _fields(event.after)
    names = list({**before, **after})[:MOST_FIELDS]
    return [Change(_field_name(name), _text(before, name), _text(after, name)) for name in names]


def _fields(values: Any) -> dict[str, Any]:
    return values if isinstance(values, dict) else {"": values}


def _field_name(name: str) -> str:
    return _(FIELD_NAMES[name]) if name in FIELD_NAMES else name.replace("_", " ")


def _text(values: dict[str, Any], name: str) -> str:
    if name not in values:
        return ""
    text = ", ".join(_parts(values[name])) or "—"
    return text if len(text) <= LONGEST_VALUE else f"{text[:LONGEST_VALUE]}…"


def _parts(value: Any) -> Iterator[str]:
    """Yield the words of a JSON value: yes and no, moments in the reader's time zone, the parts of lists."""
    if isinstance(value, bool):
        yield _("yes") if value else _("no")
    elif isinstance(value, list):
        for part in value[:MOST_FIELDS]:
            yield " ".join(_parts(part))
    elif isinstance(value, dict):
        for name, part in list(value.items())[:MOST_FIELDS]:
            yield f"{_field_name(name)}: {' '.join(_parts(part))}"
    elif value is not None and value != "":
        yield _moment(value) if isinstance(value, str) and MOMENT.match(value) else str(value)


def _moment(text: str) -> str:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return text
    local = timezone.localtime(moment) if moment.tzinfo else moment
    return f"{dates.format_date(local, 'day-year')} {dates.format_time(local)}"
