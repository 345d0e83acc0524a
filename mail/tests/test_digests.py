"""The daily mail: one a day at the reader's hour, none on an empty day, also over clock changes."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from mail import choices, digests
from mail.digests import last_digest_time, write_digests
from mail.models import Mail, Notice
from mail.notices import notify

pytestmark = pytest.mark.django_db
PARIS = ZoneInfo("Europe/Paris")


def at(text):
    return datetime.fromisoformat(text)


@pytest.fixture
def notice(letter, time_machine):
    """`notice(alice, "2030-01-07T09:00+01:00")` gives alice a daily notice at that moment."""

    def give(person, moment, what="It"):
        time_machine.move_to(at(moment), tick=False)
        notify(
            person, "test.daily", key=f"{what}:{moment}", template=letter, context={"what": what}, path="/courses/3/"
        )

    return give


def test_it_comes_at_the_hour_of_the_reader_and_has_what_came_before(alice, notice, settings):
    notice(alice, "2030-01-07T09:00+01:00", "First"), notice(alice, "2030-01-07T18:00+01:00", "Second")
    assert write_digests(at("2030-01-08T07:29+01:00")) == 0
    notice(alice, "2030-01-08T07:31+01:00", "Later")
    assert write_digests(at("2030-01-08T07:32+01:00")) == 1
    mail = Mail.objects.get()
    assert (mail.subject, mail.address) == ("2 notices today", "alice@school.example")
    assert mail.text.index("1. First happened") < mail.text.index("2. Second happened") and "Later" not in mail.text
    assert f"{settings.PUBLIC_URL}/courses/3/" in mail.text
    assert set(Notice.objects.filter(mail=None).values_list("subject", flat=True)) == {"Later happened"}


def test_there_is_one_a_day_and_none_on_an_empty_day(alice, notice):
    moment = at("2030-01-07T00:00+01:00")
    notice(alice, "2030-01-06T12:00+01:00"), notice(alice, "2030-01-08T12:00+01:00", "Another")
    days = []
    for _ in range(24 * 5):
        moment += timedelta(hours=1)
        if write_digests(moment):
            days.append(moment.day)
    assert days == [7, 9] and Mail.objects.count() == 2


def test_a_notice_after_the_hour_waits_for_the_next_day_also_after_an_empty_morning(alice, notice):
    notice(alice, "2030-01-07T08:00+01:00")
    assert write_digests(at("2030-01-07T23:00+01:00")) == 0
    assert write_digests(at("2030-01-08T07:30+01:00")) == 1


def test_a_worker_that_was_away_writes_it_when_it_is_back(alice, notice):
    notice(alice, "2030-01-05T09:00+01:00")
    assert write_digests(at("2030-01-07T11:00+01:00")) == 1
    assert write_digests(at("2030-01-07T11:05+01:00")) == 0


def test_the_zone_and_the_hour_are_those_of_the_reader(alice, bob, notice):
    type(bob).objects.filter(pk=bob.pk).update(zone="Asia/Kathmandu")
    choices.set_digest_hour(alice.pk, time(18))
    notice(alice, "2030-01-07T09:00+01:00"), notice(bob, "2030-01-07T09:00+01:00")
    assert write_digests(at("2030-01-07T18:00+01:00")) == 1
    assert Mail.objects.get().person == alice
    assert write_digests(at("2030-01-08T07:29+05:45")) == 0
    assert write_digests(at("2030-01-08T07:30+05:45")) == 1


def test_a_later_hour_on_the_same_day_brings_no_second_mail(alice, notice):
    notice(alice, "2030-01-07T06:00+01:00")
    assert write_digests(at("2030-01-07T07:30+01:00")) == 1
    choices.set_digest_hour(alice.pk, time(18))
    notice(alice, "2030-01-07T09:00+01:00", "Another")
    assert write_digests(at("2030-01-07T18:00+01:00")) == 0
    assert write_digests(at("2030-01-08T18:00+01:00")) == 1


@pytest.mark.parametrize(
    ("now", "hour", "due"),
    [
        ("2030-01-07T07:30+01:00", time(7, 30), "2030-01-07T07:30+01:00"),
        ("2030-01-07T07:29+01:00", time(7, 30), "2030-01-06T07:30+01:00"),
        ("2030-03-31T12:00+02:00", time(7, 30), "2030-03-31T07:30+02:00"),
        ("2030-10-27T12:00+01:00", time(7, 30), "2030-10-27T07:30+01:00"),
        # 02:30 does not exist on 31 March 2030, and comes twice on 27 October 2030.
        ("2030-03-31T12:00+02:00", time(2, 30), "2030-03-31T03:30+02:00"),
        ("2030-10-27T02:29+01:00", time(2, 30), "2030-10-27T02:30+02:00"),
        ("2030-10-27T02:31+01:00", time(2, 30), "2030-10-27T02:30+02:00"),
        ("2030-10-27T02:29+02:00", time(2, 30), "2030-10-26T02:30+02:00"),
    ],
)
def test_the_last_digest_time_is_right_over_clock_changes(now, hour, due):
    assert last_digest_time(at(now).astimezone(UTC), PARIS, hour) == at(due).astimezone(UTC)


@pytest.mark.parametrize(
    "zone", ["Europe/Paris", "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca", "UTC"]
)
def test_every_day_of_a_year_has_exactly_one_digest_time(zone):
    start, moments = datetime(2030, 1, 1, tzinfo=UTC), []
    for quarter in range(4 * 24 * 365):
        moment = last_digest_time(start + timedelta(minutes=15 * quarter), ZoneInfo(zone), time(2, 30))
        if not moments or moments[-1] != moment:
            moments.append(moment)
    assert moments == sorted(set(moments)) and len(moments) in (365, 366)


def test_somebody_who_left_or_has_no_address_gets_no_mail(alice, bob, notice):
    notice(alice, "2030-01-07T06:00+01:00"), notice(bob, "2030-01-07T06:00+01:00")
    type(alice).objects.filter(pk=alice.pk).update(is_active=False)
    type(bob).objects.filter(pk=bob.pk).update(email="")
    assert write_digests(at("2030-01-08T12:00+01:00")) == 0
    assert not Mail.objects.exists() and not Notice.objects.exists()


def test_a_kind_that_is_switched_off_leaves_the_next_mail(alice, notice):
    notice(alice, "2030-01-07T06:00+01:00")
    choices.choose(alice.pk, {"test.daily": "never"})
    assert write_digests(at("2030-01-08T12:00+01:00")) == 0


def test_a_fault_in_one_mail_does_not_stop_the_others(alice, bob, notice, monkeypatch):
    notice(alice, "2030-01-07T06:00+01:00"), notice(bob, "2030-01-07T06:00+01:00")
    real = digests.render

    def broken(person, template, context):
        if person == alice:
            raise RuntimeError
        return real(person, template, context)

    monkeypatch.setattr(digests, "render", broken)
    assert write_digests(at("2030-01-08T12:00+01:00")) == 1
    assert Mail.objects.get().person == bob


def test_it_reads_in_the_language_of_the_reader(person, notice):
    reader = person("reader", language="fr")
    notice(reader, "2030-01-07T06:00+01:00")
    write_digests(at("2030-01-08T12:00+01:00"))
    assert Mail.objects.get().language == "fr"


def test_a_school_is_written_in_a_fixed_number_of_queries_when_nobody_is_due(person, notice, queries_of):
    notice(person("a"), "2030-01-07T09:00+01:00")
    before = queries_of(lambda: write_digests(at("2030-01-07T10:00+01:00")))
    for number in range(20):
        notice(person(f"b{number}"), "2030-01-07T09:00+01:00")
    assert len(queries_of(lambda: write_digests(at("2030-01-07T10:00+01:00")))) == len(before) <= 3


def test_more_notices_than_one_mail_holds_come_the_next_day_and_the_mail_says_so(alice, notice, monkeypatch):
    monkeypatch.setattr(digests, "MOST_NOTICES", 2)
    for what in ("First", "Second", "Third"):
        notice(alice, "2030-01-07T06:00+01:00", what)
    write_digests(at("2030-01-08T12:00+01:00"))
    mail = Mail.objects.get()
    assert (mail.subject, "Third" in mail.text) == ("2 notices today", False)
    assert mail.text.endswith("The next daily mail has the others.")
    write_digests(at("2030-01-09T12:00+01:00"))
    mail = Mail.objects.latest("pk")
    assert mail.text.startswith("1. Third happened") and "the others" not in mail.text
