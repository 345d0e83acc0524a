"""Deletes expired sessions, expired refresh tokens and old counts of guesses. The audit log is kept."""

from django.contrib.sessions.models import Session
from django.utils import timezone
from rest_framework_simplejwt.token_blacklist.models import OutstandingToken

from accounts import guess_limits
from kernel.database.pruning import delete_in_batches


def delete_expired() -> None:
    now = timezone.now()
    delete_in_batches(Session.objects.filter(expire_date__lt=now))
    delete_in_batches(
        OutstandingToken.objects.filter(expires_at__lt=now)
    )  # and its place on the black list: refused anyway
    delete_in_batches(guess_limits.rows_without_effect())
