"""Removes old mails, their notices and their files, and secret links that have ended."""

import time
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.utils import timezone

from kernel.database.pruning import delete_in_batches
from mail.models import Mail
from mail.sending import LINK_ENDED

KEPT = timedelta(days=90)
SECRETS_KEPT = timedelta(days=15)  # longer than the longest link: an invitation has 14 days


def delete_old() -> None:
    now = timezone.now()
    with_old_secret = Mail.objects.filter(has_secret=True, created_at__lt=now - SECRETS_KEPT).exclude(path="")
    with_old_secret.waiting().update(dead_at=now, last_error=LINK_ENDED)
    with_old_secret.update(path="")
    delete_in_batches(Mail.objects.filter(created_at__lt=now - KEPT).exclude(sent_at=None, dead_at=None))
    if settings.EMAIL_FILE_PATH:
        for file in Path(settings.EMAIL_FILE_PATH).glob("*.eml"):
            if file.stat().st_mtime < time.time() - KEPT.total_seconds():
                file.unlink(missing_ok=True)
