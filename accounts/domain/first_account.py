"""Makes the first account of an empty installation: a superuser, with a link that only the machine's console shows."""

from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.core import signing
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.audit import record
from accounts.models import User
from kernel.errors import Conflict

SALT = "accounts.first_account"
SECONDS = 24 * 3600  # how long a link works
FIRST_NUMBER = 1


def is_open() -> bool:
    """Whether nobody has an account yet; those of programs do not count."""
    return not User.objects.exclude(kind=User.Kind.SERVICE).exists()


def new_address() -> str:
    """Return the full address of the page that makes the first account. It works for a day, while `is_open`."""
    secret = signing.dumps("", salt=SALT)
    return f"{settings.PUBLIC_URL}{reverse('first-account', args=[secret])}"


def is_valid(secret: str) -> bool:
    """Whether the secret of a link is one of ours, not older than a day, and still of use."""
    try:
        signing.loads(secret, salt=SALT, max_age=SECONDS)
    except signing.BadSignature:
        return False
    return is_open()


def make(password: str, **values: Any) -> User:
    """Save the first account, a superuser, and return it. The values are fields of User that the caller has validated.

    Of several calls at the same moment one makes an account; the others raise Conflict.
    """
    hashed = make_password(password)  # slow, so before the transaction
    try:
        with transaction.atomic():
            programs = list(User.objects.select_for_update().order_by("pk")[:1])  # whoever comes second waits here
            if not is_open():
                raise _too_late()
            person = User(is_staff=True, is_superuser=True, password=hashed, **values)
            if not programs:
                person.pk = FIRST_NUMBER  # two calls at the same moment cannot both insert it
            person.save(force_insert=True)
            record(person, "accounts.make_first_account", f"user:{person.pk}", after={"name": person.username})
    except IntegrityError:
        raise _too_late() from None
    return person


def _too_late() -> Conflict:
    return Conflict("first_account_exists", _("Somebody has an account here already. Sign in."))
