"""Ends a person's sessions (their hash changes) and refresh tokens (they are blacklisted)."""

from django.db import transaction
from django.db.models import F
from rest_framework_simplejwt.token_blacklist.models import BlacklistedToken, OutstandingToken

from accounts.audit import record
from accounts.domain import one_time_links
from accounts.models import User


@transaction.atomic
def sign_out_everywhere(user: User, *, by: User | None = None) -> None:
    """End every session and token of this person. A caller that keeps one session must renew its hash.

    `by` is who did it, if not the person.
    """
    User.objects.filter(pk=user.pk).update(session_round=F("session_round") + 1)
    user.refresh_from_db(fields=["session_round"])
    end_tokens(user)
    record(by or user, "accounts.sign_out_everywhere", f"user:{user.pk}")


@transaction.atomic
def end_tokens_after_password_change(user: User) -> None:
    """End the refresh tokens and one-time links. The new password has ended the sessions: it is in their hash."""
    end_tokens(user)
    one_time_links.end_sign_in_links(user)
    record(user, "accounts.password", f"user:{user.pk}")


def end_tokens(user: User) -> None:
    """End the refresh tokens of a person, in the caller's transaction."""
    usable = OutstandingToken.objects.filter(user=user, blacklistedtoken=None)
    BlacklistedToken.objects.bulk_create([BlacklistedToken(token=token) for token in usable], ignore_conflicts=True)
