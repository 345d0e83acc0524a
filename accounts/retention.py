"""What ran out: sessions, refresh tokens, failed ways in. The audit trail stays."""

from datetime import timedelta

from axes.models import AccessAttempt, AccessLog
from django.contrib.sessions.models import Session
from django.utils import timezone
from rest_framework_simplejwt.token_blacklist.models import OutstandingToken

from kernel.database.pruning import forget

GUESSES = timedelta(days=30)  # a lock-out lasts minutes; this long somebody may look who tried


def forget_what_is_past() -> None:
    now = timezone.now()
    forget(Session.objects.filter(expire_date__lt=now))
    forget(OutstandingToken.objects.filter(expires_at__lt=now))  # and its place on the black list: refused anyway
    forget(AccessAttempt.objects.filter(attempt_time__lt=now - GUESSES))
    forget(AccessLog.objects.filter(attempt_time__lt=now - GUESSES))
