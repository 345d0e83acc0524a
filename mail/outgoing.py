"""Writes mails into the outbox, in the caller's transaction. The worker sends them after the commit."""

import uuid
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from kernel.database.text_hash import text_hash
from kernel.task_queue import queue_after_commit
from mail import kinds
from mail.addresses import clean_address
from mail.models import KEY_LENGTH, Mail, Notice
from mail.readers import Reader, language_of
from mail.rendering import render

BATCH = 100  # rows in one statement


def send_account_mail(
    person: Reader,
    kind_name: str,
    *,
    key: str,
    address: str,
    template: str,
    context: dict[str, Any],
    secret_path: str,
) -> None:
    """Write a mail with a secret link to `address`, whatever the person has chosen.

    `secret_path` is the path of the link on this site. It replaces `{{ link }}` only when the mail is sent, and is not
    part of the stored text. The links of older mails of this kind to this person end (`end_secret_links`). The same key
    again does nothing. Raises Malformed when `address` is none.
    """
    kinds.get(kind_name)
    address = clean_address(address)
    row_key = key_of(person, kind_name, key)
    if Mail.objects.filter(key=row_key).exists():
        return
    end_secret_links(person.pk, kind_name)
    mail = new_mail(person, kind_name, key=row_key, address=address, written=render(person, template, context))
    mail.path, mail.has_secret = secret_path, True
    write([mail])


def end_secret_links(person_id: int, kind_name: str) -> None:
    """Forget the secret links of this kind to this person, because they were used or do not work any more.

    Mails with such a link that still wait are removed; the others stay without their link.
    """
    mails = Mail.objects.filter(person_id=person_id, kind=kind_name, has_secret=True)
    mails.waiting().filter(claimed_until=None).delete()
    mails.update(path="")


def forget_notices(person_id: int, *, below: str = "/") -> None:
    """Remove the notices to this person that still wait, at once or for the daily mail, about the pages below a path.

    Mails about the account itself stay, such as the warning to an old address.
    """
    fixed = [kind.name for kind in kinds.all_kinds() if kind.is_fixed]
    waiting = Mail.objects.waiting().filter(person_id=person_id, path__startswith=below, claimed_until=None)
    waiting.exclude(kind__in=fixed).delete()
    Notice.objects.filter(person_id=person_id, path__startswith=below, mail=None).delete()


def last_mails(kind_name: str, person_ids: Iterable[int]) -> dict[int, Mail]:
    """Return the last mail of this kind to each of these people, by the id of the person, without its text."""
    rows = Mail.objects.filter(kind=kind_name, person_id__in=list(person_ids)).defer("text", "path").order_by("id")
    return {mail.person_id: mail for mail in rows}


def key_of(person: Reader, kind_name: str, key: str) -> str:
    """Return the unique key of an event and a person. A long one ends with a hash."""
    full = f"{kind_name}:{person.pk}:{key}"
    return full if len(full) <= KEY_LENGTH else f"{full[: KEY_LENGTH - 64]}{text_hash(full)}"


def new_mail(
    person: Reader, kind_name: str, *, key: str, address: str, written: tuple[str, str], now: datetime | None = None
) -> Mail:
    """Return a mail that is not saved yet. `written` is its subject and its text."""
    now = now or timezone.now()
    return Mail(
        key=key,
        message_id=new_message_id(),
        person_id=person.pk,
        kind=kind_name,
        address=address,
        subject=written[0],
        text=written[1],
        language=language_of(person),
        created_at=now,
        next_attempt_at=now,
    )


def new_message_id() -> str:
    return f"<{uuid.uuid4().hex}@{settings.MAIL_DOMAIN}>"


def write(mails: Sequence[Mail]) -> None:
    """Insert mails whose keys are not there yet, and start sending after the commit."""
    Mail.objects.bulk_create(mails, batch_size=BATCH, ignore_conflicts=True)
    start_sending()


def start_sending() -> None:
    """Queue the task that sends, once in a transaction."""
    if not any(entry[1] is _queue for entry in connection.run_on_commit):
        transaction.on_commit(_queue, robust=True)


def _queue() -> None:
    queue_after_commit("mail.tasks.send")
