"""Deletes expired sessions, refresh tokens and one-time links, and old counts of guesses. The audit log is kept."""

from datetime import timedelta

from django.conf import settings
from django.contrib.sessions.models import Session
from django.utils import timezone
from rest_framework_simplejwt.token_blacklist.models import OutstandingToken

from accounts import guess_limits
from accounts.models import OneTimeLink, SignedInBrowser
from kernel.database.pruning import delete_in_batches

LINKS_KEPT = timedelta(days=30)  # after they expired
INVITATIONS_KEPT = timedelta(days=400)  # longer: lists show who was invited and has not come


def delete_expired() -> None:
    now = timezone.now()
    delete_in_batches(Session.objects.filter(expire_date__lt=now))
    delete_in_batches(
        OutstandingToken.objects.filter(expires_at__lt=now)
    )  # and its place on the black list: refused anyway
    delete_in_batches(guess_limits.rows_without_effect())
    last_session = now - timedelta(seconds=settings.SESSION_COOKIE_AGE)
    delete_in_batches(SignedInBrowser.objects.filter(signed_in_at__lt=last_session))
    invitations = OneTimeLink.objects.filter(purpose=OneTimeLink.Purpose.INVITE)
    delete_in_batches(invitations.filter(expires_at__lt=now - INVITATIONS_KEPT))
    others = OneTimeLink.objects.exclude(purpose=OneTimeLink.Purpose.INVITE)
    delete_in_batches(others.filter(expires_at__lt=now - LINKS_KEPT))
