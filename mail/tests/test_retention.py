"""Old mails, notices and files go; secrets go earlier; what waits stays."""

import os
from datetime import timedelta

import pytest
from django.utils import timezone

from mail.models import Mail, Notice
from mail.retention import KEPT, SECRETS_KEPT
from mail.tasks import forget_what_is_past

pytestmark = pytest.mark.django_db


def test_only_old_mails_that_do_not_wait_are_removed_with_their_notices(alice, mail_to):
    now = timezone.now()
    old, recent = now - KEPT - timedelta(days=1), now - timedelta(days=1)
    digest = mail_to(alice, created_at=old, sent_at=old)
    mail_to(alice, created_at=old, dead_at=old)
    kept = [mail_to(alice, created_at=old), mail_to(alice, created_at=recent, sent_at=recent)]
    for number, mail in enumerate([digest, kept[1], None]):
        Notice.objects.create(key=str(number), person=alice, kind="k", subject="s", text="", created_at=old, mail=mail)
    forget_what_is_past()
    assert list(Mail.objects.order_by("pk")) == kept
    assert set(Notice.objects.values_list("key", flat=True)) == {"1", "2"}


def test_a_secret_link_is_removed_when_it_must_have_ended(alice, mail_to):
    old = timezone.now() - SECRETS_KEPT - timedelta(days=1)
    sent = mail_to(alice, created_at=old, sent_at=old, has_secret=True)
    waiting = mail_to(alice, created_at=old, has_secret=True)
    recent, notice = mail_to(alice, has_secret=True), mail_to(alice, created_at=old)
    forget_what_is_past()
    for mail in (sent, waiting, recent, notice):
        mail.refresh_from_db()
    assert [mail.path for mail in (sent, waiting, recent, notice)] == ["", "", "/courses/", "/courses/"]
    assert (waiting.state, recent.state, notice.state) == ("failed", "waiting", "waiting")


def test_old_files_are_removed(settings, tmp_path):
    settings.EMAIL_FILE_PATH = str(tmp_path)
    names = ["old.eml", "new.eml", "old.txt"]
    for name in names:
        (tmp_path / name).write_text("")
        age = KEPT.total_seconds() + 60 if name.startswith("old") else 0
        moment = timezone.now().timestamp() - age
        os.utime(tmp_path / name, (moment, moment))
    forget_what_is_past()
    assert {file.name for file in tmp_path.iterdir()} == {"new.eml", "old.txt"}
