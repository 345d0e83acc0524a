"""Ending what a person has open: sessions by the session hash, refresh tokens by the black list."""

from django.db import transaction
from django.db.models import F
from rest_framework_simplejwt.token_blacklist.models import BlacklistedToken, OutstandingToken

from accounts.audit import record
from accounts.models import User


@transaction.atomic
def end_all(user: User, *, by: User | None = None) -> None:
    """End every session and token of this person (the caller renews the hash of the session it wants to keep)."""
    User.objects.filter(pk=user.pk).update(session_round=F("session_round") + 1)
    user.refresh_from_db(fields=["session_round"])
    _blacklist(user)
    record(by or user, "accounts.sign_out_everywhere", f"user:{user.pk}")


@transaction.atomic
def password_changed(user: User) -> None:
    """A new password already changes the session hash; the refresh tokens go too."""
    _blacklist(user)
    record(user, "accounts.password", f"user:{user.pk}")


def _blacklist(user: User) -> None:
    alive = OutstandingToken.objects.filter(user=user, blacklistedtoken=None)
    BlacklistedToken.objects.bulk_create([BlacklistedToken(token=token) for token in alive], ignore_conflicts=True)
