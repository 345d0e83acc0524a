"""Commands that make and revoke calendar addresses, and the search for the address of a secret."""

import base64
import hashlib

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from accounts import audit
from accounts.models import User
from calendars.models import CalendarAddress, open_addresses
from calendars.parts import course_titles
from kernel.errors import Conflict, NotAllowed

MOST = 20  # addresses of one person
SHOWN = 6  # characters of a secret that are kept


def make_address(person: User, course_id: int | None, *, form_key: str) -> str:
    """Make an address for the personal calendar or for one of a course, and return its secret.

    The secret follows from the person, the calendar and the key of the form, so the same form gives the same address
    again, and nothing that is stored leads back to it. Raises NotAllowed for a course whose deadlines the person may
    not read, and Conflict for an address that is revoked already, or for too many.
    """
    if course_id is not None and course_id not in course_titles(person):
        raise NotAllowed("not_allowed", _("You are not in this course."), field="calendar")
    secret = _secret(person, course_id, form_key)
    with transaction.atomic():
        User.objects.select_for_update().get(pk=person.pk)  # one after the other: they are counted
        if (address := find_address(secret)) is not None:
            if address.revoked_at:
                raise Conflict("revoked", _("This address was revoked. Open this page again to make a new one."))
            return secret
        if open_addresses(person).count() >= MOST:
            sentence = _("You have %(count)s addresses. Revoke one that you do not use.") % {"count": MOST}
            raise Conflict("too_many", sentence)
        address = CalendarAddress.objects.create(
            person=person,
            course_id=course_id,
            secret_hash=hash_of(secret),
            beginning=secret[:SHOWN],
            created_at=timezone.now(),
        )
        audit.record(person, "calendars.make_address", f"user:{person.pk}", after=_audit_values(address))
    return secret


def revoke_address(person: User, address: CalendarAddress) -> None:
    """Revoke an address for good. The events that it was read with are forgotten."""
    with transaction.atomic():
        rows = CalendarAddress.objects.filter(pk=address.pk, revoked_at=None)
        if rows.update(revoked_at=timezone.now(), sent={}):
            audit.record(person, "calendars.revoke_address", f"user:{address.person_id}", before=_audit_values(address))


def find_address(secret: str) -> CalendarAddress | None:
    """Return the address with this secret, revoked or not. The work is the same for a guessed one."""
    return CalendarAddress.objects.select_related("person").filter(secret_hash=hash_of(secret)).first()


def hash_of(secret: str) -> str:
    """Return the stored hash. The secret has 256 random bits, so a fast hash without a key is enough."""
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()


def url_of(secret: str) -> str:
    return f"{settings.PUBLIC_URL}{reverse('calendar-file', args=[secret])}"


def webcal_url_of(secret: str) -> str:
    """Return the address for a link that opens a calendar app. Apple's apps know no `webcals`."""
    return f"webcal://{url_of(secret).partition('://')[2]}"


def _secret(person: User, course_id: int | None, form_key: str) -> str:
    parts = "\0".join([str(person.pk), str(course_id or ""), form_key])
    digest = salted_hmac("calendars.secret", parts, algorithm="sha256").digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def _audit_values(address: CalendarAddress) -> dict[str, int | str | None]:
    return {"address": address.pk, "course": address.course_id}
