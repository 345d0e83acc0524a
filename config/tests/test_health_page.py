"""The page of health for staff: the parts, what to do about them, and no secret."""

import json
import re
import shutil
from datetime import timedelta
from types import SimpleNamespace

import pytest
import redis
from django.utils import timezone

from config import health, health_parts, task_queues
from gitsync.models import LocalCopy, OutboxEvent, Repository
from kernel import task_queue
from mail.models import Mail
from mail.outgoing import new_mail, write

pytestmark = pytest.mark.django_db
GB = 2**30


@pytest.fixture(autouse=True)
def _all_is_well(monkeypatch, settings):
    for part in ("database", "broker", "schedule"):
        monkeypatch.setitem(health.CHECKS, part, lambda: health.OK)
    monkeypatch.setattr(health_parts, "tasks_waiting", lambda: {"default": 0})
    monkeypatch.setattr(health_parts, "oldest_task", lambda: None)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(total=100 * GB, free=50 * GB))
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"


@pytest.fixture
def page(client_of, staff):
    return lambda: client_of(staff).get("/health/").content.decode()


def test_everything_works(page):
    text = page()
    assert "Everything works." in text and "50.0" in text and "at-failing" not in text


@pytest.mark.parametrize(
    ("part", "answer", "sentence"),
    [
        ("database", "cannot write: the disk is full", "Look at the database and the disk of the server."),
        ("broker", "does not answer", "Start it again on the server. Pages work;"),
        ("schedule", "does not run: nothing", "Until then nothing is polled"),
        ("schedule", "not known: the broker", "Not known while the broker does not answer."),
    ],
)
def test_a_part_that_does_not_work_says_what_to_do(page, monkeypatch, part, answer, sentence):
    monkeypatch.setitem(health.CHECKS, part, lambda: answer)
    text = page()
    assert sentence in text and "Something needs attention." in text


@pytest.mark.parametrize(("free", "state"), [(50, "ok"), (9, "warning"), (1, "fails")])
def test_a_disk_that_is_nearly_full_says_so(monkeypatch, free, state):
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(total=100 * GB, free=free * GB))
    part = health_parts.disk()
    assert part.state == state and bool(part.advice) == (state != "ok")


def test_a_disk_that_cannot_be_read_is_no_error_of_the_page(page, monkeypatch):
    def fail(path):
        raise OSError

    monkeypatch.setattr(shutil, "disk_usage", fail)
    assert "It cannot be read." in page()


def test_queues_say_how_much_waits_and_for_how_long(page, alice):
    now = timezone.now()
    mails = [new_mail(alice, "test", key=str(n), address=alice.email, written=("Subject", "text")) for n in range(3)]
    mails[0].created_at = now - timedelta(hours=2, minutes=1)
    mails[1].dead_at, mails[2].sent_at = now, now
    write(mails)
    OutboxEvent.objects.create(target="local", kind="x", body={}, next_attempt_at=now)
    text = page()
    assert "1 waits. The oldest waits for 2\xa0hours." in text and "The page of mails says what the mail server" in text
    assert "1 mail could not be sent." in text and "/mails/?state=failed" in text


def test_a_mail_server_that_does_not_answer_is_no_server_that_works(page, alice):
    write([new_mail(alice, "test", key="1", address=alice.email, written=("Subject", "text"))])
    assert "through a mail server." in page()
    Mail.objects.update(attempts=1, last_error="ConnectionRefusedError: Connection refused")
    text = page()
    assert (
        "The last try of a mail that waits failed: ConnectionRefusedError" in text and "/mails/?state=waiting" in text
    )
    Mail.objects.update(sent_at=timezone.now())
    assert "through a mail server." in page()


def test_what_failed_comes_first_and_leads_to_its_list(page):
    repository = Repository.objects.create(host="forge.example", path="/secret-path", path_hash="a")
    LocalCopy.objects.create(repository=repository, status="failing", detail="token=abc")
    OutboxEvent.objects.create(
        target="local", kind="x", body={"secret": "abc"}, next_attempt_at=timezone.now(), dead_at=timezone.now()
    )
    text = page().partition("<main")[2]
    assert text.index("was not delivered") < text.index("1 repository cannot be read.") < text.index("It answers.")
    assert "/repositories/?state=failing" in text
    assert "secret" not in text and "abc" not in text


def test_every_address_of_the_page_opens(client_of, staff, page):
    for href in set(re.findall(r'href="(/(?:admin|mails)[^"]*)"', page().partition("<main")[2])):
        assert client_of(staff).get(href.replace("&amp;", "&")).status_code == 200, href


def test_the_page_needs_the_same_number_of_queries_whatever_waits(client_of, staff, alice, assert_flat):
    client = client_of(staff)
    mails = [new_mail(alice, "test", key=str(n), address=alice.email, written=("Subject", "text")) for n in range(30)]
    assert_flat(lambda: client.get("/health/"), lambda: write(mails), limit=20)


@pytest.mark.processes
def test_tasks_in_the_broker_say_since_when_they_wait(broker):
    assert task_queues.tasks_waiting()["default"] == 0 and task_queues.oldest_task() is None
    before = timezone.now()
    for name in ("nothing.here", "nothing.there"):
        task_queue.queue(name)
    client = redis.Redis.from_url(broker)
    client.lpush("default", "no JSON", json.dumps({"headers": {task_queue.QUEUED_AT: "x"}}))
    assert task_queues.tasks_waiting()["default"] == 4
    oldest = task_queues.oldest_task()
    assert oldest and before - timedelta(seconds=1) <= oldest <= timezone.now()


def test_without_a_broker_nothing_is_known_about_its_tasks(settings, tmp_path):
    settings.REDIS_URL = f"unix://{tmp_path}/none"
    assert task_queues.tasks_waiting() == {} and task_queues.oldest_task() is None
