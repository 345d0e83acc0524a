"""Writes the daily mails: at the hour of the reader, in their time zone, and none on an empty day."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import structlog
from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import IntegrityError, transaction
from django.db.models import Min
from django.utils import timezone

from kernel.database.bulk import batched
from kernel.text.time_zones import zone_or_school
from mail.choices import digest_hours
from mail.models import LINK_MARK, Mail, Notice
from mail.notices import address_of
from mail.outgoing import key_of, new_mail, start_sending
from mail.readers import Reader
from mail.rendering import render
from mail.stopping import DIGEST

log = structlog.get_logger(__name__)

PEOPLE = 500  # read at a time
MOST_NOTICES = 100  # in one mail; the others come the next day


def write_digests(now: datetime | None = None) -> int:
    """Write the daily mails that are due at `now`; return their number.

    A mail has the notices from before the person's last digest time. There is one a day at most: its key names the
    local day. A fault in the mail of one person is logged, and does not stop the others.
    """
    now, count = now or timezone.now(), 0
    oldest = dict(
        Notice.objects.filter(mail=None)
        .values("person_id")
        .annotate(oldest=Min("created_at"))
        .values_list("person_id", "oldest")
    )
    for ids in batched(sorted(oldest), PEOPLE):
        people, hours = get_user_model().objects.in_bulk(ids), digest_hours(ids)
        for person_id, person in people.items():
            due = last_digest_time(now, zone_or_school(person.zone), hours[person_id])
            if oldest[person_id] < due:
                try:
                    count += _write_digest(person, due, now)
                except Exception:
                    log.exception("digest_not_written", person=person_id)
    return count


def last_digest_time(now: datetime, zone: ZoneInfo, at: time) -> datetime:
    """Return the last moment, at or before `now`, at which the clock of this zone showed `at`; in UTC.

    An hour that comes twice counts once, the first time. On a day that skips the hour, the clock change counts: 02:30
    is then the moment that is written as 03:30.
    """
    today = now.astimezone(zone).date()
    moments = [datetime.combine(today - timedelta(days=days), at, tzinfo=zone).astimezone(UTC) for days in range(3)]
    return next(moment for moment in moments if moment <= now)


def _write_digest(person: Reader, due: datetime, now: datetime) -> bool:
    """Write the mail of one person; return whether there is one."""
    key = key_of(person, DIGEST, f"{due.astimezone(zone_or_school(person.zone)):%Y-%m-%d}")
    waiting = Notice.objects.filter(person_id=person.pk, mail=None)
    address = address_of(person)
    if not address:
        waiting.delete()
        return False
    if Mail.objects.filter(key=key).exists():
        return False
    found = list(waiting.filter(created_at__lt=due).order_by("id")[: MOST_NOTICES + 1])
    notices = found[:MOST_NOTICES]
    context = {
        "notices": [(notice.subject, _text_of(notice)) for notice in notices],
        "count": len(notices),
        "has_more": len(found) > len(notices),
    }
    written = render(person, "mail/mail/digest.txt", context)
    mail = new_mail(person, DIGEST, key=key, address=address, written=written, now=now)
    try:
        with transaction.atomic():
            mail.save(force_insert=True)
            Notice.objects.filter(pk__in=[notice.pk for notice in notices]).update(mail=mail)
            start_sending()
    except IntegrityError:  # another worker has written it
        return False
    return True


def _text_of(notice: Notice) -> str:
    return notice.text.replace(LINK_MARK, f"{settings.PUBLIC_URL}{notice.path}")
