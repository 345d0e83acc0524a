"""The command with which a teacher says whose the repositories of a forge are."""

import re
from collections.abc import Collection, Mapping

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from courses.domain.forge_connections import busy, is_stopped, lock, must_change
from courses.models import Enrolment, ForgeConnection, ForgeRepository
from kernel.errors import Malformed
from live.publish import publish

SEPARATOR = re.compile(r"[\s,;]+")
LARGEST_TEAM = 20


def choose_students(actor: User, connection: ForgeConnection, choices: Mapping[int, str]) -> int:
    """Say which student each repository belongs to, by the keys of the rows: a user name, or "" for nobody.

    Several user names with commas between them are students who work together: they become a team when the repository
    is registered.

    Returns how many rows changed. A repository that is registered already keeps its student. Raises Malformed (field
    `student_<key>`) for a user name that no student of the course has, and for a student of two repositories.
    """
    must_change(actor, connection.course)
    rows = Enrolment.objects.filter(course=connection.course, role=Enrolment.Role.STUDENT).select_related("person")
    by_name = {enrolment.person.username.casefold(): enrolment for enrolment in rows}
    names = {enrolment.pk: enrolment.person.username for enrolment in by_name.values()}
    with transaction.atomic():
        locked = lock(connection)
        if locked.state == ForgeConnection.State.INSTALLING and not is_stopped(locked):
            raise busy()
        open_rows = locked.repositories.select_for_update().filter(ForgeRepository.NOT_REGISTERED, pk__in=choices)
        changed = []
        for row in open_rows.order_by("pk"):
            chosen = _chosen(row, choices[row.pk], by_name)
            if row.students != [enrolment.pk for enrolment in chosen]:
                row.enrolment = chosen[0] if chosen else None
                row.others = [enrolment.pk for enrolment in chosen[1:]]
                row.match = ForgeRepository.Match.CHOSEN if chosen else ForgeRepository.Match.NONE
                changed.append(row)
        _must_be_once(locked, changed, names)
        ForgeRepository.objects.bulk_update(changed, ["enrolment", "others", "match"])
        publish(locked.topic)
    return len(changed)


def _chosen(row: ForgeRepository, text: str, by_name: Mapping[str, Enrolment]) -> list[Enrolment]:
    """Return the students whom the text names, each once."""
    chosen: dict[int, Enrolment] = {}
    for username in filter(None, SEPARATOR.split(text)):
        enrolment = by_name.get(username.casefold())
        if enrolment is None:
            sentence = _("“%(username)s” is not a student of this course. Check the user name.") % {
                "username": username
            }
            raise Malformed("unknown_student", sentence, field=f"student_{row.pk}")
        chosen[enrolment.pk] = enrolment
    if len(chosen) > LARGEST_TEAM:
        sentence = _("A team has %(number)d students at most.") % {"number": LARGEST_TEAM}
        raise Malformed("too_many", sentence, field=f"student_{row.pk}")
    return list(chosen.values())


def _must_be_once(connection: ForgeConnection, changed: Collection[ForgeRepository], names: Mapping[int, str]) -> None:
    """Refuse a student for two repositories of one connection."""
    others = connection.repositories.exclude(pk__in=[row.pk for row in changed]).exclude(enrolment=None)
    owners = {pk: row.full_name for row in others for pk in row.students}
    for row in changed:
        for pk in row.students:
            if pk in owners:
                values = {"username": names.get(pk, ""), "name": owners[pk]}
                sentence = _("“%(username)s” has the repository %(name)s already. Remove it there first.") % values
                raise Malformed("taken", sentence, field=f"student_{row.pk}")
            owners[pk] = row.full_name
