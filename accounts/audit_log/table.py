"""The audit log as a table to export."""

import json
from collections.abc import Iterator

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from accounts.audit_log.objects import name_objects
from accounts.audit_log.page import actor_of
from accounts.audit_log.titles import title_of
from accounts.models import AuditEvent
from kernel.exports.table import Cell, Table, moment_column

AT_ONCE = 500  # rows in memory


def audit_table(events: QuerySet[AuditEvent]) -> Table:
    """Return the events as a table, the latest first."""
    columns = [
        moment_column(_("Moment")),
        _("Name"),
        _("User name"),
        _("Action"),
        _("Kind"),
        _("Object"),
        _("Before"),
        _("After"),
        _("Reason"),
        _("Command"),
        _("Subject"),
    ]
    return Table("audit-log", "", _("Audit log"), columns, _rows(events))


def _rows(events: QuerySet[AuditEvent]) -> Iterator[list[Cell]]:
    """Yield the rows in batches by number. MariaDB's driver would read all of them at once for `iterator`."""
    events = events.select_related("actor").order_by("-pk")
    batch = list(events[:AT_ONCE])
    while batch:
        objects = name_objects(batch)
        for event in batch:
            named = objects[event.subject]
            values = [json.dumps(value, ensure_ascii=False) if value else "" for value in (event.before, event.after)]
            yield [
                event.at,
                actor_of(event)[0],
                event.actor_name,
                title_of(event.verb),
                named.kind,
                named.name,
                *values,
                event.reason,
                event.verb,
                event.subject,
            ]
        batch = list(events.filter(pk__lt=batch[-1].pk)[:AT_ONCE])
