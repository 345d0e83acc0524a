"""Notifies people by mail, as they have chosen: at once, daily or never."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils import timezone

from kernel.database.bulk import batched
from kernel.errors import Malformed
from mail import kinds
from mail.addresses import clean_address
from mail.choices import choices_for
from mail.models import Choice, Mail, Notice
from mail.outgoing import BATCH, key_of, new_mail, write
from mail.readers import Reader
from mail.rendering import render

KEYS = 500  # in one query


def notify(person: Reader, kind_name: str, *, key: str, template: str, context: dict[str, Any], path: str) -> None:
    """Notify one person, in the caller's transaction. See `notify_all`."""
    notify_all([person], kind_name, key=key, template=template, context=context, path=path)


def notify_all(
    people: Iterable[Reader],
    kind_name: str,
    *,
    key: str,
    template: str,
    context: dict[str, Any],
    path: str,
    own: Mapping[int, dict[str, Any]] | None = None,
) -> None:
    """Notify people of the same thing, in the caller's transaction, in a fixed number of statements for 100 people.

    Each person's choice for the kind decides: a mail at once, a notice for the daily mail, or nothing. Programs,
    inactive people and people without a valid address get nothing.

    key: names the event, such as "extension:12:2030-01-07". The same key for the same kind and person does nothing.
    template: `<app>/mail/<name>.txt`; see mail/rendering.py. It is rendered in the person's language and time zone.
    path: the page that it is about, such as "/courses/3/". The template has its full address as `{{ link }}`.
    own: further values for the template, for the person with this id alone.
    """
    addresses = {person.pk: (person, address) for person in people if (address := address_of(person))}
    chosen = choices_for(kinds.get(kind_name), addresses)
    now = timezone.now()
    mails, notices = [], []
    for person_id, (person, address) in addresses.items():
        if chosen[person_id] == Choice.NEVER:
            continue
        mail = new_mail(
            person,
            kind_name,
            key=key_of(person, kind_name, key),
            address=address,
            written=render(person, template, context | (own or {}).get(person_id, {})),
            now=now,
        )
        mail.path = path
        if chosen[person_id] == Choice.AT_ONCE:
            mails.append(mail)
        else:
            notices.append(_as_notice(mail))
    if mails:
        write(mails)
    if notices:
        Notice.objects.bulk_create(notices, batch_size=BATCH, ignore_conflicts=True)


def not_yet_notified(kind_name: str, events: Iterable[tuple[Reader, str]]) -> list[tuple[Reader, str]]:
    """Return those of these pairs of a person and a key for which `notify` would still write something.

    For tasks of the schedule: they meet the same event at each run. A fixed number of queries for KEYS pairs.
    """
    reachable = [(person, key) for person, key in events if address_of(person)]
    chosen = choices_for(kinds.get(kind_name), {person.pk for person, _key in reachable})
    open_events = {
        key_of(person, kind_name, key): (person, key) for person, key in reachable if chosen[person.pk] != Choice.NEVER
    }
    for keys in batched(list(open_events), KEYS):
        for model in (Mail, Notice):
            for key in model._default_manager.filter(key__in=keys).values_list("key", flat=True):
                open_events.pop(key, None)
    return list(open_events.values())


def address_of(person: Reader) -> str:
    """Return the address of a person who may get notices, else ""."""
    if not person.is_active or person.is_service or not person.email:
        return ""
    try:
        return clean_address(person.email)
    except Malformed:
        return ""


def _as_notice(mail: Mail) -> Notice:
    return Notice(
        key=mail.key,
        person_id=mail.person_id,
        kind=mail.kind,
        subject=mail.subject,
        text=mail.text,
        path=mail.path,
        created_at=mail.created_at,
    )
