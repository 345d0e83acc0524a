"""Limits on guessed passwords, in the database: a guess is counted before the password is checked.

`take` counts one guess in one statement. So of many guesses at the same moment, in any number of processes, no more
than the limit are checked. Names and addresses are stored only as a keyed hash.
"""

import math
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import F, Q, QuerySet
from django.utils import timezone
from django.utils.crypto import salted_hmac

from accounts.models import GuessCount
from kernel.database import retries
from kernel.database.wrong_clock import too_far_ahead

WINDOW = timedelta(minutes=10)


@dataclass(frozen=True)
class Limit:
    """A number of guesses that something has in WINDOW, such as a user name at an address.

    key: the hash of what is counted.
    is_address: many people may share it, and their guesses never stop. So only the first guess starts WINDOW.
        Otherwise each guess starts it again, and a lockout lasts all of WINDOW.
    """

    key: str
    guesses: int
    is_address: bool


def limit(*parts: str, guesses: int, is_address: bool = False) -> Limit:
    """Return the limit of what these parts name, such as a user name and an address."""
    key = salted_hmac("accounts.guess_limits", "\0".join(parts), algorithm="sha256").hexdigest()
    return Limit(key, guesses, is_address)


def take(limit: Limit) -> bool:
    """Count one guess; return False, and count nothing, when all guesses are used.

    Many guesses at one moment may be a deadlock for the database. Each statement is then tried again.
    """
    now = timezone.now()
    row = GuessCount.objects.filter(key=limit.key)
    over = row.filter(_is_over(now))
    retries.update(over, used=0, until=now + WINDOW, is_recorded=False)  # only one of several does it
    changes = {} if limit.is_address else {"until": now + WINDOW}
    unused = row.filter(used__lt=limit.guesses)
    if retries.update(unused, used=F("used") + 1, **changes):
        return True
    if not row.exists():
        first = GuessCount(key=limit.key, until=now + WINDOW)
        retries.run(lambda: GuessCount.objects.bulk_create([first], ignore_conflicts=True))
    # Again in both cases: another request may have inserted the row since the first try.
    return bool(retries.update(unused, used=F("used") + 1, **changes))


def give_back(limit: Limit) -> None:
    """Uncount one guess that was right, or that was not checked after all."""
    retries.update(GuessCount.objects.filter(key=limit.key, used__gt=0), used=F("used") - 1)


def reset(limit: Limit) -> None:
    """Set the count to zero."""
    GuessCount.objects.filter(key=limit.key).delete()


def used(limit: Limit) -> int:
    """Return how many guesses are used now."""
    row = GuessCount.objects.filter(key=limit.key).exclude(_is_over(timezone.now())).first()
    return row.used if row else 0


def seconds_left(limit: Limit) -> int:
    """Return the seconds until the count starts again, at least 1."""
    now = timezone.now()
    row = GuessCount.objects.filter(key=limit.key).exclude(_is_over(now)).first()
    return max(1, math.ceil((row.until - now).total_seconds())) if row else 1


def record_once(limit: Limit) -> bool:
    """Whether the guesses are all used and nobody has recorded that yet. Only one caller gets True."""
    row = GuessCount.objects.filter(key=limit.key, used__gte=limit.guesses, is_recorded=False)
    return bool(row.update(is_recorded=True))


def rows_without_effect() -> QuerySet[GuessCount]:
    """Return the counts whose time is over, to delete them."""
    return GuessCount.objects.filter(_is_over(timezone.now()))


def _is_over(now: datetime) -> Q:
    return Q(until__lte=now) | too_far_ahead("until", now, WINDOW)
