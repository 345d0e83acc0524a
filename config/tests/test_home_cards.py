"""The home page shows staff the problems that need attention, and nothing when there is none."""

from datetime import timedelta

import pytest
from django.utils import timezone

from config import health, health_parts
from courses.domain import courses
from gitsync.models import LocalCopy, Repository
from mail.outgoing import new_mail, write

pytestmark = pytest.mark.django_db
NOTHING = "Nothing needs you now"


@pytest.fixture(autouse=True)
def _all_is_well(monkeypatch):
    monkeypatch.setitem(health.CHECKS, "broker", lambda: health.OK)
    monkeypatch.setitem(health.CHECKS, "schedule", lambda: health.OK)
    monkeypatch.setattr("farm.domain.capacity_check.current_alarm", lambda now: None)
    monkeypatch.setattr("config.first_steps.card.first_steps", lambda request: "")
    monkeypatch.setattr(health_parts, "disk", lambda: health_parts.Part("Disk", health_parts.OK, ""))


@pytest.fixture
def home(client_of, staff):
    return lambda: client_of(staff).get("/").content.decode()


def test_staff_see_no_problem_when_there_is_none(home):
    assert NOTHING in home()


@pytest.mark.parametrize(
    ("part", "sentence"), [("broker", "The broker does not answer."), ("schedule", "The schedule does not run.")]
)
def test_staff_see_a_part_that_does_not_work_and_others_do_not(home, monkeypatch, client_of, alice, part, sentence):
    monkeypatch.setitem(health.CHECKS, part, lambda: "does not answer")
    page = home()
    assert sentence in page and NOTHING not in page
    assert sentence not in client_of(alice).get("/").content.decode()


def test_staff_see_a_repository_that_fails(home):
    repository = Repository.objects.create(host="forge.example", path="/a", path_hash="a")
    LocalCopy.objects.create(repository=repository, status="failing")
    page = home()
    assert "1 repository cannot be read." in page and NOTHING not in page
    assert "/repositories/?state=failing" in page


def test_staff_see_mails_that_failed_or_wait_for_long(home, alice):
    now = timezone.now()
    mails = [
        new_mail(alice, "test", key=str(number), address=alice.email, written=("Subject", "text"))
        for number in range(4)
    ]
    mails[0].dead_at, mails[1].created_at, mails[2].sent_at = now, now - timedelta(minutes=20), now
    mails[3].dead_at = now - timedelta(days=30)
    write(mails[2:])
    assert NOTHING in home()
    write(mails[:2])
    page = home()
    assert "1 mail could not be sent." in page and "1 mail waits for the mail server." in page
    assert "/mails/?state=failed" in page and "/mails/?state=waiting" in page


def test_staff_see_that_the_disk_is_nearly_full(home, monkeypatch):
    disk = health_parts.Part("Disk of the data folder", health_parts.WARNING, "1 GB of 100 GB are free.")
    monkeypatch.setattr(health_parts, "disk", lambda: disk)
    page = home()
    assert "Disk of the data folder: 1 GB of 100 GB are free." in page and 'href="/health/"' in page


def test_staff_who_teach_see_their_own_courses_and_no_others(home, staff, teacher):
    courses.create_course(None, teacher, semester_id="A2026", course_id="Other", title="Of another")
    assert NOTHING in home()
    courses.create_course(None, staff, semester_id="A2026", course_id="Mine", title="My own")
    page = home()
    assert "My own" in page and "Of another" not in page and NOTHING not in page
