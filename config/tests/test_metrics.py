"""/metrics: who may read it, its format, and what it counts."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from config import health
from farm.models import CapacityCheck, Reservation
from gitsync.models import LocalCopy, Repository
from mail.models import Mail

pytestmark = pytest.mark.django_db
LINE = re.compile(r'atelier_\w+(\{\w+="\w+"\})? -?[0-9.e+]+')


@pytest.fixture(autouse=True)
def _skip_migration_check(monkeypatch):
    monkeypatch.setattr(health, "_migrated", True)


def values(answer):
    lines = [line for line in answer.content.decode().splitlines() if not line.startswith("#")]
    assert all(LINE.fullmatch(line) for line in lines), lines
    return {name: float(number) for name, number in (line.rsplit(" ", 1) for line in lines)}


@pytest.mark.parametrize("slash", ["", "/"])
def test_only_staff_and_programs_may_read_the_metrics(api, api_of, alice, teacher, staff, program, slash):
    address = f"/metrics{slash}"
    assert api.get(address).status_code == 401
    assert [api_of(caller).get(address).status_code for caller in (alice, teacher)] == [403, 403]
    assert [api_of(caller).get(address).status_code for caller in (staff, program)] == [200, 200]


def test_the_format_is_text_whatever_the_accept_header_says(api_of, program):
    answer = api_of(program).get("/metrics", headers={"Accept": "application/openmetrics-text; version=1.0.0"})
    assert answer["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    text = answer.content.decode()
    assert text.endswith("\n")
    names = re.findall(r"# TYPE (\w+) gauge", text)
    assert sorted(set(names)) == sorted(names) == sorted(re.findall(r"# HELP (\w+) \S", text))


def test_the_metrics_count_bookings_repositories_and_events(api_of, program, alice, django_assert_max_num_queries):
    now = timezone.now()
    for start in (-1, 1, 2):
        begin = now + timedelta(hours=start)
        Reservation.objects.create(owner=alice, start=begin, end=begin + timedelta(hours=2), state="confirmed")
    CapacityCheck.objects.create(started_at=now, finished_at=now, found=3)
    repository = Repository.objects.create(host="forge.example", path="/a", path_hash="a")
    LocalCopy.objects.create(repository=repository, status="failing")
    client = api_of(program)
    with django_assert_max_num_queries(15):
        metrics = values(client.get("/metrics"))
    expected = {
        'ready{part="database"}': 1,
        'farm_bookings{state="confirmed"}': 2,
        'farm_bookings{state="active"}': 1,
        "farm_capacity_faults": 3,
        "farm_capacity_checked_seconds": pytest.approx(now.timestamp(), abs=0.01),
        'git_repositories{state="failing"}': 1,
        'git_repositories{state="ok"}': 0,
        "git_requests_pending": 0,
        'git_events_waiting{target="local"}': 0,
        "git_events_given_up": 0,
    }
    assert {name: metrics[f"atelier_{name}"] for name in expected} == expected


def test_the_metrics_count_mails_and_say_how_long_the_oldest_waits(api_of, program, alice):
    client, now = api_of(program), timezone.now()
    assert values(client.get("/metrics"))["atelier_mails_oldest_wait_seconds"] == 0
    ends = [{}, {}, {"dead_at": now}, {"sent_at": now}]
    for number, end in enumerate(ends):
        texts = {"key": f"k{number}", "message_id": f"<{number}@school.example>", "subject": "About", "text": "Text"}
        moments = {"created_at": now - timedelta(hours=number + 1), "next_attempt_at": now}
        Mail.objects.create(
            person=alice, kind="farm.confirmed", address="alice@school.example", **texts, **moments, **end
        )
    metrics = values(client.get("/metrics"))
    assert (metrics['atelier_mails{state="waiting"}'], metrics['atelier_mails{state="failed"}']) == (2, 1)
    assert metrics["atelier_mails_oldest_wait_seconds"] == pytest.approx(7200, abs=60)


def test_an_unknown_metric_has_no_value(api_of, program, settings):
    settings.REDIS_URL = "redis://:secret@127.0.0.1:1/0"
    answer = api_of(program).get("/metrics")
    metrics = values(answer)
    assert metrics['atelier_ready{part="broker"}'] == 0
    assert not [name for name in metrics if "tasks_waiting" in name or "capacity" in name]
    assert "secret" not in answer.content.decode()


@pytest.mark.processes
def test_waiting_tasks_are_counted(api_of, program, broker):
    assert values(api_of(program).get("/metrics"))['atelier_tasks_waiting{queue="sync"}'] == 0
