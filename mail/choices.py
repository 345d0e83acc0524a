"""Which notices a person wants by mail, and at which hour the daily mail comes."""

import datetime
from collections.abc import Iterable

from mail import kinds
from mail.kinds import Kind
from mail.models import DEFAULT_DIGEST_HOUR, Choice, DigestHour, Notice, NoticeChoice
from mail.readers import Reader


def choices_for(kind: Kind, person_ids: Iterable[int]) -> dict[int, str]:
    """Return the choice of each of these people for a kind of notice."""
    if kind.is_fixed:
        return dict.fromkeys(person_ids, Choice.AT_ONCE.value)
    ids = list(person_ids)
    chosen = NoticeChoice.objects.filter(kind=kind.name, person_id__in=ids).values_list("person_id", "choice")
    return dict.fromkeys(ids, kind.default) | dict(chosen)


def choices_of(person: Reader) -> dict[str, str]:
    """Return the choice of a person for every kind, by the name of the kind."""
    chosen = dict(NoticeChoice.objects.filter(person_id=person.pk).values_list("kind", "choice"))
    return {
        kind.name: Choice.AT_ONCE.value if kind.is_fixed else chosen.get(kind.name, kind.default)
        for kind in kinds.all_kinds()
    }


def choose(person_id: int, wanted: dict[str, str]) -> None:
    """Save what a person chose: values of Choice by the name of the kind. Other values and names are ignored.

    Only what differs from the present choice is saved. Notices of a kind that nobody wants any more leave the next
    daily mail.
    """
    chosen = dict(NoticeChoice.objects.filter(person_id=person_id).values_list("kind", "choice"))
    for kind in kinds.all_kinds():
        choice = wanted.get(kind.name)
        if kind.is_fixed or choice not in Choice.values or choice == chosen.get(kind.name, kind.default):
            continue
        if choice == Choice.DAILY and not kind.has_daily:
            continue
        NoticeChoice.objects.update_or_create(person_id=person_id, kind=kind.name, defaults={"choice": choice})
        if choice == Choice.NEVER:
            Notice.objects.filter(person_id=person_id, kind=kind.name, mail=None).delete()


def digest_hour(person: Reader) -> datetime.time:
    """Return the local time at which the daily mail of a person comes."""
    return DigestHour.objects.filter(pk=person.pk).values_list("at", flat=True).first() or DEFAULT_DIGEST_HOUR


def digest_hours(person_ids: Iterable[int]) -> dict[int, datetime.time]:
    """Return the same for several people, by their ids."""
    ids = list(person_ids)
    rows = DigestHour.objects.filter(pk__in=ids).values_list("pk", "at")
    return dict.fromkeys(ids, DEFAULT_DIGEST_HOUR) | dict(rows)


def set_digest_hour(person_id: int, at: datetime.time) -> None:
    DigestHour.objects.update_or_create(person_id=person_id, defaults={"at": at})
