"""Mails and a real mail server: one that works, is down, refuses, forgets and hangs."""

import os
import signal
import socket
import sys
from collections import Counter
from datetime import timedelta

import pytest
from django.conf import settings as project
from django.utils import timezone

from kernel.testing import child_processes, site_server
from kernel.testing.processes import BIN, wait_until
from mail import outgoing, sending
from mail.models import Mail
from mail.tasks import sweep

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.processes]
DRAIN = "import django; django.setup(); from mail.sending import drain; drain()"


def make_due():
    """Let the pauses and the claims of all mails be over."""
    past = timezone.now() - timedelta(seconds=1)
    Mail.objects.update(next_attempt_at=past)
    Mail.objects.exclude(claimed_until=None).update(claimed_until=past)


def test_a_mail_is_sent_once(smtp, alice, mail_to):
    smtp.start()
    mail = mail_to(alice)
    assert (sending.drain(), sending.drain()) == (1, 0)
    (message,) = smtp.messages
    assert (message["Message-ID"], message["Subject"]) == (mail.message_id, "Subject 0")
    mail.refresh_from_db()
    assert (mail.state, mail.attempts, mail.claimed_until) == ("sent", 1, None)


def test_no_mail_is_lost_while_the_server_is_down(smtp, alice, mail_to):
    mails = [mail_to(alice) for _ in range(200)]
    for _ in range(3):
        assert sending.drain() == 0
        make_due()
    tries = Counter(Mail.objects.values_list("attempts", flat=True))
    assert tries == {0: 199, 3: 1}, "the first mail that finds the server down ends the drain"
    assert "ConnectionRefusedError" in Mail.objects.get(attempts=3).last_error
    smtp.start()
    assert sending.drain() == 200
    assert [message["Message-ID"] for message in smtp.messages] == [mail.message_id for mail in mails]
    assert not Mail.objects.waiting().exists() and not Mail.objects.failed().exists()


def test_a_server_that_is_down_for_days_kills_no_mail(smtp, alice, mail_to):
    mail = mail_to(alice, attempts=10 * sending.TRIES)
    sending.drain()
    mail.refresh_from_db()
    assert mail.state == "waiting" and mail.next_attempt_at < timezone.now() + timedelta(minutes=1)


def test_one_refused_recipient_does_not_stop_the_others(smtp, alice, mail_to):
    smtp.start()
    names = ["unknown", "good", "busy", "spam", "fine"]
    mails = {name: mail_to(alice, f"{name}@school.example") for name in names}
    assert sending.drain() == 2
    for mail in mails.values():
        mail.refresh_from_db()
    assert {name: mail.state for name, mail in mails.items()} == {
        "unknown": "failed",
        "good": "sent",
        "busy": "waiting",
        "spam": "failed",
        "fine": "sent",
    }
    assert mails["unknown"].last_error == "550 5.1.1 No such user"
    assert mails["busy"].last_error == "451 4.7.1 Try again later"
    assert mails["spam"].last_error == "554 5.7.1 This looks like spam"


def test_a_temporary_refusal_is_tried_with_growing_pauses_and_given_up_in_the_end(smtp, alice, mail_to):
    smtp.start()
    mail, pauses = mail_to(alice, "busy@school.example"), []
    for _ in range(8):
        now = timezone.now()
        sending.drain()
        mail.refresh_from_db()
        pauses.append(round((mail.next_attempt_at - now) / timedelta(minutes=1)))
        make_due()
    assert pauses == [1, 2, 4, 8, 16, 32, 60, 60]
    Mail.objects.update(attempts=sending.TRIES - 1)
    sending.drain()
    mail.refresh_from_db()
    assert mail.state == "failed"


def test_a_server_that_takes_and_forgets_gets_the_same_message_again(smtp, alice, mail_to):
    smtp.start()
    mail = mail_to(alice, "forgetful@school.example")
    mail_to(alice, "good@school.example")
    assert sending.drain() == 1
    mail.refresh_from_db()
    assert mail.state == "waiting" and mail.last_error.startswith("SMTPServerDisconnected")
    make_due()
    assert sending.drain() == 1
    ids = Counter(message["Message-ID"] for message in smtp.messages)
    assert ids[mail.message_id] == 2 and sum(ids.values()) == 3


def test_a_slow_server_delays_only_the_mail_that_it_does_not_answer(smtp, alice, mail_to, monkeypatch):
    monkeypatch.setattr(sending, "SEND_SECONDS", 0.5)
    smtp.start()
    mail = mail_to(alice, "hanging@school.example")
    mail_to(alice, "good@school.example")
    assert sending.drain() == 1
    mail.refresh_from_db()
    assert mail.state == "waiting" and "timed out" in mail.last_error


def test_a_server_that_accepts_and_says_nothing_is_down(smtp, alice, mail_to, settings):
    settings.EMAIL_TIMEOUT = 0.5
    mails = [mail_to(alice), mail_to(alice)]
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", smtp.port))
        silent.listen()
        assert sending.drain() == 0
    assert "timed out" in Mail.objects.get(pk=mails[0].pk).last_error
    assert Mail.objects.get(pk=mails[1].pk).attempts == 0, "the first one ends the drain"
    make_due()
    smtp.start()
    assert sending.drain() == 2


def test_a_killed_worker_repeats_one_mail_at_most_with_the_same_id(smtp, alice, mail_to):
    smtp.start()
    mails = [mail_to(alice, f"{name}@school.example") for name in ("one", "two", "hanging", "four", "five")]
    variables = site_server.environment(project.PUBLIC_URL) | {"EMAIL_URL": f"smtp://127.0.0.1:{smtp.port}"}
    command = [sys.executable, "-c", DRAIN]
    worker = child_processes.start(command, env=variables, cwd=project.BASE_DIR)
    wait_until(lambda: len(smtp.messages) == 3 or worker.poll() is not None)
    os.kill(worker.pid, signal.SIGKILL)
    worker.wait(10)

    assert sending.drain() == 2, "the mail of the dead worker waits until its claim ends"
    make_due()
    assert sending.drain() == 1
    ids = Counter(message["Message-ID"] for message in smtp.messages)
    assert ids == {mail.message_id: 2 if mail.address.startswith("hanging") else 1 for mail in mails}
    assert Mail.objects.sent().count() == 5


def test_the_worker_sends_a_mail_right_after_the_commit(smtp, alice, mail_to, broker, tmp_path):
    smtp.start()
    variables = site_server.environment(project.PUBLIC_URL) | {"EMAIL_URL": f"smtp://127.0.0.1:{smtp.port}"}
    command = [str(BIN / "celery"), "-A", "config", "worker", "-c", "1", "-Q", "mail", "--pool", "solo"]
    with (tmp_path / "worker.log").open("w") as log:
        worker = child_processes.start(command, env=variables, cwd=project.BASE_DIR, stdout=log, stderr=log)
    try:
        mail = mail_to(alice)
        outgoing.start_sending()
        wait_until(lambda: len(smtp.messages) == 1 or worker.poll() is not None, 60)
    finally:
        worker.terminate()
        worker.wait(20)
    assert [message["Message-ID"] for message in smtp.messages] == [mail.message_id]
    assert mail.message_id not in (tmp_path / "worker.log").read_text()


def test_a_mail_that_cannot_be_composed_does_not_stop_the_others(smtp, alice, mail_to):
    smtp.start()
    bad, good = mail_to(alice, subject="two\nlines"), mail_to(alice)
    assert sending.drain() == 1
    bad.refresh_from_db(), good.refresh_from_db()
    assert (bad.state, good.state) == ("failed", "sent")
    assert bad.last_error.startswith("BadHeaderError")


def test_a_link_that_ended_while_its_mail_was_tried_is_not_sent(smtp, alice, mail_to):
    smtp.start()
    mail = mail_to(alice, has_secret=True, path="")
    assert sending.drain() == 0 and smtp.messages == []
    mail.refresh_from_db()
    assert (mail.state, mail.last_error) == ("failed", sending.LINK_ENDED)


def test_a_long_queue_is_continued_by_another_task(smtp, alice, mail_to, monkeypatch):
    queued = []
    monkeypatch.setattr(sending, "queue", queued.append)
    monkeypatch.setattr(sending, "DRAIN_SECONDS", -1)
    smtp.start()
    mail_to(alice), mail_to(alice)
    assert (sending.drain(), queued) == (1, ["mail.tasks.send"])


def test_the_sweep_queues_only_when_a_mail_is_due(alice, mail_to, monkeypatch):
    queued = []
    monkeypatch.setattr("mail.tasks.queue", queued.append)
    mail_to(alice, next_attempt_at=timezone.now() + timedelta(minutes=5))
    mail_to(alice, sent_at=timezone.now())
    sweep()
    assert queued == []
    mail_to(alice)
    sweep()
    assert queued == ["mail.tasks.send"]
