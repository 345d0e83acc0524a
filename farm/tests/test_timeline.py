"""The timeline without a browser: its ranges, links and filters, the GPUs and memory that are free, and its agenda."""

import re
from datetime import UTC, datetime

import pytest

from farm.domain import booking, machines
from farm.models import Machine
from farm.rules.limits import RequestedAllocation
from farm.tests.conftest import at

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen")]
WEEK = "/farm/?day=2030-01-07"


def page_of(client, address):
    response = client.get(address)
    assert response.status_code == 200
    return re.sub(r"\s+", " ", response.content.decode()).replace("&amp;", "&")


def links(page):
    return re.findall(r'href="(/farm/[^"]*)"', page)


def words_drawn(page):
    return page.split('class="t-words"')[1].split("</g>")[0].count("<text")


def make_machine(name, **values):
    return machines.add_machine(actor=None, name=name, **{"gpu_count": 4, "memory_gb": 64} | values)


@pytest.mark.parametrize(
    ("query", "title", "start", "end"),
    [
        ("range=day", "Monday 7 January 2030", "2030-01-06T23:00", "2030-01-07T23:00"),
        ("", "7 – 13 January 2030", "2030-01-06T23:00", "2030-01-13T23:00"),
        ("range=week", "7 – 13 January 2030", "2030-01-06T23:00", "2030-01-13T23:00"),
        ("range=month", "January 2030", "2029-12-31T23:00", "2030-01-31T23:00"),
        ("range=year", "7 – 13 January 2030", "2030-01-06T23:00", "2030-01-13T23:00"),
    ],
)
def test_each_range_draws_its_dates_and_names_them(machine, alice, client_of, query, title, start, end):
    page = page_of(client_of(alice), f"{WEEK}&{query}")
    assert f'<span class="at-when">{title}</span>' in page
    assert f'data-start="{start}:00+00:00" data-end="{end}:00+00:00"' in page


def test_the_table_writes_a_space_after_full(machine, take, alice, client_of, frozen):
    take(alice, 9, 10, 12)
    frozen.move_to(at(9.5))
    page = page_of(client_of(alice), f"{WEEK}&view=table")
    assert '<td class="at-nowrap"> full now </td>' in page


def test_the_label_of_the_time_now_is_moved_into_the_drawing_on_the_last_evening(machine, alice, client_of, frozen):
    frozen.move_to(datetime(2030, 1, 31, 22, 30, tzinfo=UTC))
    page = page_of(client_of(alice), "/farm/?range=month")
    assert 'transform="translate(-43.8 0)"' in page
    frozen.move_to(datetime(2030, 1, 15, 22, 30, tzinfo=UTC))
    assert 'transform="translate(-22 0)"' in page_of(client_of(alice), "/farm/?range=month")


@pytest.mark.parametrize(
    ("range", "before", "after", "words"),
    [
        ("day", "2030-01-06", "2030-01-08", "Previous day"),
        ("week", "2029-12-31", "2030-01-14", "Previous week"),
        ("month", "2029-12-07", "2030-02-07", "Previous month"),
    ],
)
def test_previous_next_and_today_keep_the_range_and_the_filters(machine, alice, client_of, range, before, after, words):
    page = page_of(client_of(alice), f"{WEEK}&range={range}&tag=x&free=2&view=table&model=A")
    filters = ("tag=x", "free=2", "model=A", "table")
    kept = [link for link in links(page) if all(part in link for part in filters)]
    days = {re.search(r"day=([\d-]+)", link)[1] for link in kept if f"range={range}" in link and "day=" in link}
    assert {before, after} <= days
    assert [link for link in kept if "day=" not in link], "today"
    assert f'aria-label="{words}"' in page


def test_the_ranges_and_the_views_keep_the_rest_of_the_address(machine, alice, client_of):
    page = page_of(client_of(alice), f"{WEEK}&range=month&tag=x")
    assert "/farm/?day=2030-01-07&tag=x" in links(page)  # the week is the default range
    assert "/farm/?day=2030-01-07&tag=x&range=day" in links(page)
    assert "/farm/?day=2030-01-07&range=month&tag=x&view=table" in links(page)
    assert '<input type="hidden" name="range" value="month">' in page
    assert '<input type="hidden" name="day" value="2030-01-07">' in page


def test_the_filter_form_does_not_fix_the_day_of_today(machine, alice, client_of):
    assert 'name="day"' not in page_of(client_of(alice), "/farm/?range=day")


def test_links_leave_out_the_parameters_of_a_fetched_part(machine, alice, client_of):
    page = page_of(client_of(alice), f"{WEEK}&part=1&only=1&in=agenda")
    fetched = ("part=", "only=", "in=agenda")
    assert not [link for link in links(page) if any(parameter in link for parameter in fetched)]


def test_a_day_begins_in_the_viewers_zone(machine, alice, client_of):
    alice.zone = "Asia/Tokyo"
    alice.save()
    page = page_of(client_of(alice), f"{WEEK}&range=day")
    assert "Times in Asia/Tokyo" in page
    assert 'data-start="2030-01-06T15:00:00+00:00"' in page


def test_free_counts_are_given_for_six_hours_a_day_or_a_week(take, alice, client_of):
    take(alice, 15, 23, 12)  # 16:00 to midnight in Paris
    client = client_of(alice)
    day, week, month = (page_of(client, f"{WEEK}&range={range}") for range in ("day", "week", "month"))
    assert words_drawn(day) == 4
    assert [" to 16:00" in day, day.count(">full<")] == [True, 1]
    assert words_drawn(week) == 7
    assert " to 16:00" in week
    assert " to Mon 16:00" in month, "in a week, an hour alone is not enough"
    assert "free for all of those six hours" in day
    assert "free all that week" in month


def test_a_free_time_between_two_bookings_has_both_ends(machine, take, alice, client_of):
    booking.book(
        actor=None, owner=alice, start=at(23, 6), end=at(9), allocations=[RequestedAllocation(machine.pk, 12, 0)]
    )
    take(alice, 12, 23, 12)
    assert " 10:00 – 13:00" in page_of(client_of(alice), f"{WEEK}&range=week")


def test_the_agenda_shows_one_day_in_every_range(take, alice, client_of):
    take(alice, 9, 11, 4, purpose="my thesis")
    for range in ("day", "week", "month"):
        page = page_of(client_of(alice), f"{WEEK}&range={range}&view=agenda")
        agenda = page.split('class="at-agenda"')[1]
        assert agenda.count("<b>") >= 7 and agenda.count('aria-current="date"') == 1
        assert "Yours that day" in agenda and "my thesis" in agenda
        assert agenda.count('<i class="has">') == 1
        assert all(f"range={range}" in link for link in links(agenda)[:7]) or range == "week"


def test_machines_are_filtered_by_what_is_free_now(machine, alice, client_of, frozen):
    small = make_machine("small")
    drained = make_machine("drained", gpu_count=16)
    Machine.objects.filter(pk=drained.pk).update(state="draining")
    booking.book(
        actor=None, owner=alice, start=at(12, 1), end=at(14, 1), allocations=[RequestedAllocation(machine.pk, 6, 0)]
    )
    frozen.move_to(at(13, 1))
    client = client_of(alice)

    def drawn(address):
        return set(re.findall(r'data-resource="(\d+)"', page_of(client, address)))

    all_three = {str(row.pk) for row in (machine, small, drained)}
    assert drawn("/farm/") == all_three
    assert drawn("/farm/?free=3") == {str(machine.pk), str(small.pk)}, "a draining machine has nothing free"
    assert drawn("/farm/?free=5") == {str(machine.pk)}
    assert drawn("/farm/?free=5&range=month&day=2031-01-01") == {str(machine.pk)}
    assert drawn("/farm/?free=x") == drawn("/farm/?free=²") == drawn("/farm/?free=-1") == all_three
    page = page_of(client, "/farm/?free=7&range=day")
    assert "No machine matches" in page
    assert "/farm/?range=day" in links(page), "the link to all machines keeps the range"
    assert '<option value="7" selected>' in page


def test_the_counts_of_groups_and_page_leave_out_draining_machines(machine, alice, client_of, frozen):
    for number in range(3):
        make_machine(f"a-{number}", gpu_count=8, gpu_model="A100", location="B12")
    Machine.objects.filter(name="a-2").update(state="draining")
    booking.book(
        actor=None, owner=alice, start=at(12, 1), end=at(14, 1),
        allocations=[RequestedAllocation(Machine.objects.get(name="a-0").pk, 5, 1)],
    )  # fmt: skip
    frozen.move_to(at(13, 1))
    page = page_of(client_of(alice), "/farm/")
    assert "<b>11 of 24</b> GPU free now" in page
    assert "<b>23 of 36</b>" in page
    assert "Draining" in page


def test_the_page_says_when_there_is_no_machine(alice, client_of):
    for range in ("day", "week", "month"):
        assert "No machine yet" in page_of(client_of(alice), f"/farm/?range={range}")
