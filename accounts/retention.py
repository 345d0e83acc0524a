"""Deletes expired sessions, expired refresh tokens and old failed sign-ins. The audit log is kept."""

from datetime import timedelta

from axes.models import AccessAttempt, AccessLog
from django.contrib.sessions.models import Session
from django.utils import timezone
from rest_framework_simplejwt.token_blacklist.models import OutstandingToken

from kernel.database.pruning import delete_in_batches

ATTEMPTS_KEPT = timedelta(days=30)  # a lockout lasts only minutes, but staff may want to see from where


def delete_expired() -> None:
    now = timezone.now()
    delete_in_batches(Session.objects.filter(expire_date__lt=now))
    delete_in_batches(
        OutstandingToken.objects.filter(expires_at__lt=now)
    )  # and its place on the black list: refused anyway
    delete_in_batches(AccessAttempt.objects.filter(attempt_time__lt=now - ATTEMPTS_KEPT))
    delete_in_batches(AccessLog.objects.filter(attempt_time__lt=now - ATTEMPTS_KEPT))
