"""The timeline without a browser: its ranges, what stands in the address, its filters, what is drawn."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from farm.domain import booking, machines
from farm.models import Machine, Reservation
from farm.rules.limits import Line
from farm.tests.conftest import at

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen")]
WEEK = "/farm/?day=2030-01-07"


def page_of(client, address):
    response = client.get(address)
    assert response.status_code == 200
    return re.sub(r"\s+", " ", response.content.decode()).replace("&amp;", "&")


def links(page):
    return re.findall(r'href="(/farm/[^"]*)"', page)


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
def test_a_range_draws_its_window_and_says_so(machine, alice, client_of, query, title, start, end):
    page = page_of(client_of(alice), f"{WEEK}&{query}")
    assert f'<span class="at-when">{title}</span>' in page
    assert f'data-start="{start}:00+00:00" data-end="{end}:00+00:00"' in page


@pytest.mark.parametrize(
    ("range", "before", "after", "words"),
    [
        ("day", "2030-01-06", "2030-01-08", "Previous day"),
        ("week", "2029-12-31", "2030-01-14", "Previous week"),
        ("month", "2029-12-07", "2030-02-07", "Previous month"),
    ],
)
def test_back_and_forth_and_today_keep_the_range_and_the_filters(
    machine, alice, client_of, range, before, after, words
):
    page = page_of(client_of(alice), f"{WEEK}&range={range}&tag=x&free=2&view=table&model=A")
    kept = [one for one in links(page) if "tag=x" in one and "free=2" in one and "model=A" in one and "table" in one]
    days = {re.search(r"day=([\d-]+)", one)[1] for one in kept if f"range={range}" in one and "day=" in one}
    assert {before, after} <= days
    assert [one for one in kept if "day=" not in one], "today"
    assert f'aria-label="{words}"' in page


def test_the_ranges_and_the_views_keep_the_rest_of_the_address(machine, alice, client_of):
    page = page_of(client_of(alice), f"{WEEK}&range=month&tag=x")
    assert "/farm/?day=2030-01-07&tag=x" in links(page)  # the week is the range without a name
    assert "/farm/?day=2030-01-07&tag=x&range=day" in links(page)
    assert "/farm/?day=2030-01-07&range=month&tag=x&view=table" in links(page)
    assert '<input type="hidden" name="range" value="month">' in page
    assert '<input type="hidden" name="day" value="2030-01-07">' in page


def test_today_stays_today_under_a_filter(machine, alice, client_of):
    assert 'name="day"' not in page_of(client_of(alice), "/farm/?range=day")


def test_what_is_fetched_of_a_page_is_not_in_its_links(machine, alice, client_of):
    page = page_of(client_of(alice), f"{WEEK}&part=1&only=1&in=agenda")
    assert not [one for one in links(page) if "part=" in one or "only=" in one or "in=agenda" in one]


@pytest.mark.parametrize("range", ["day", "week", "month"])
@pytest.mark.parametrize(("day", "hours"), [("2026-03-29", 23), ("2026-10-25", 25)])
def test_the_days_on_which_the_clocks_change_are_drawn(machine, alice, client_of, frozen, range, day, hours):
    frozen.move_to(datetime.fromisoformat(f"{day}T00:00+00:00") - timedelta(days=2))
    start = datetime.fromisoformat(f"{day}T20:00").replace(tzinfo=UTC)
    made = booking.book(
        actor=None, owner=alice, start=start, end=start + timedelta(hours=1), lines=[Line(machine.pk, 3, 0)]
    )
    page = page_of(client_of(alice), f"/farm/?day={day}&range={range}")
    first, last = (
        datetime.fromisoformat(one) for one in re.search(r'data-start="(\S+)" data-end="(\S+)"', page).groups()
    )
    assert (last - first) / timedelta(hours=1) in (hours, hours + 144, hours + 30 * 24)
    bar = page.split(f'data-booking="{made.pk}"')[1]
    x = float(re.search(r'<svg x="([\d.]+)%"', bar)[1])
    assert x == pytest.approx((start - first) / (last - first) * 100, abs=0.01)


def test_the_viewer_s_zone_says_when_a_day_begins(machine, alice, client_of):
    alice.zone = "Asia/Tokyo"
    alice.save()
    page = page_of(client_of(alice), f"{WEEK}&range=day")
    assert "Times in Asia/Tokyo" in page
    assert 'data-start="2030-01-06T15:00:00+00:00"' in page


def test_the_words_under_a_row_speak_of_six_hours_a_day_or_a_week(take, alice, client_of):
    take(alice, 15, 23, 12)  # 16:00 to midnight in Paris
    client = client_of(alice)
    day, week, month = (page_of(client, f"{WEEK}&range={range}") for range in ("day", "week", "month"))
    assert day.count('class="t-words') == 4
    assert [" to 16:00" in day, day.count(">full<")] == [True, 1]
    assert week.count('class="t-words') == 7
    assert " to 16:00" in week
    assert " to Mon 16:00" in month, "in a week, an hour alone does not say when"
    assert "free for all of those six hours" in day
    assert "free all that week" in month


def test_free_between_two_bookings_says_both_ends(machine, take, alice, client_of):
    booking.book(actor=None, owner=alice, start=at(23, 6), end=at(9), lines=[Line(machine.pk, 12, 0)])
    take(alice, 12, 23, 12)
    assert " 10:00 – 13:00" in page_of(client_of(alice), f"{WEEK}&range=week")


def test_the_agenda_shows_one_day_in_every_range(take, alice, client_of):
    take(alice, 9, 11, 4, purpose="my thesis")
    for range in ("day", "week", "month"):
        page = page_of(client_of(alice), f"{WEEK}&range={range}")
        agenda = page.split('class="at-agenda"')[1]
        assert agenda.count("<b>") >= 7 and agenda.count('aria-current="date"') == 1
        assert "Yours that day" in agenda and "my thesis" in agenda
        assert agenda.count('<i class="has">') == 1
        assert all(f"range={range}" in one for one in links(agenda)[:7]) or range == "week"


def test_machines_are_filtered_by_what_is_free_now(machine, alice, client_of, frozen):
    small = make_machine("small")
    drained = make_machine("drained", gpu_count=16)
    Machine.objects.filter(pk=drained.pk).update(state="draining")
    booking.book(actor=None, owner=alice, start=at(12, 1), end=at(14, 1), lines=[Line(machine.pk, 6, 0)])
    frozen.move_to(at(13, 1))
    client = client_of(alice)

    def shown(address):
        return set(re.findall(r'data-resource="(\d+)"', page_of(client, address)))

    every = {str(one.pk) for one in (machine, small, drained)}
    assert shown("/farm/") == every
    assert shown("/farm/?free=3") == {str(machine.pk), str(small.pk)}, "nothing can be had of what is emptied"
    assert shown("/farm/?free=5") == {str(machine.pk)}
    assert shown("/farm/?free=5&range=month&day=2031-01-01") == {str(machine.pk)}
    assert shown("/farm/?free=x") == shown("/farm/?free=²") == shown("/farm/?free=-1") == every
    page = page_of(client, "/farm/?free=7&range=day")
    assert "No machine matches" in page
    assert "/farm/?range=day" in links(page), "the way out keeps the range"
    assert '<option value="7" selected>' in page


def test_the_counts_of_groups_and_page_are_of_what_can_be_had(machine, alice, client_of, frozen):
    for number in range(3):
        make_machine(f"a-{number}", gpu_count=8, gpu_model="A100", location="B12")
    Machine.objects.filter(name="a-2").update(state="draining")
    booking.book(
        actor=None, owner=alice, start=at(12, 1), end=at(14, 1),
        lines=[Line(Machine.objects.get(name="a-0").pk, 5, 1)],
    )  # fmt: skip
    frozen.move_to(at(13, 1))
    page = page_of(client_of(alice), "/farm/")
    assert "<b>11 of 24</b> GPU free now" in page
    assert "<b>23 of 36</b>" in page
    assert "Draining" in page


def test_the_contract_with_the_script_holds(take, alice, bob, client_of):
    mine, his = take(alice, 9, 11, 4, 2), take(bob, 10, 12, 2)
    page = page_of(client_of(alice), WEEK)
    plot = re.search(r'<svg class="at-plot"[^>]*>', page)[0]
    for name in ("resource", "start", "end", "room", "gpus", "memory", "open"):
        assert f" data-{name}" in plot
    bars = {int(re.search(r'data-booking="(\d+)"', one)[1]): one for one in re.findall(r'<a class="t-bar[^>]*>', page)}
    assert set(bars) == {mine.pk, his.pk}
    assert 'data-start="2030-01-07T09:00:00+00:00" data-end="2030-01-07T11:00:00+00:00"' in bars[mine.pk]
    assert 'data-gpus="4" data-memory="2" data-moves="start end"' in bars[mine.pk]
    assert "data-moves" not in bars[his.pk]
    assert f'href="/farm/bookings/{mine.pk}/"' in bars[mine.pk]


def test_a_bar_in_two_pieces_is_one_link(machine, take, alice, client_of):
    take(alice, 9, 11, 4)
    take(alice, 9, 20, 4)
    take(alice, 9, 20, 1)
    split = take(alice, 12, 15, 6)
    page = page_of(client_of(alice), WEEK)
    bar = page.split(f'data-booking="{split.pk}"')[1].split("</a>")[0]
    assert bar.count('class="t-fill"') == 2


def test_a_pending_booking_is_striped_and_a_past_one_grey(take, alice, client_of, frozen):
    waiting, over = take(alice, 9, 20, 4), take(alice, 6, 8, 1)
    Reservation.objects.filter(pk=waiting.pk).update(state="pending")
    frozen.move_to(at(10))
    page = page_of(client_of(alice), WEEK)
    assert "t-pending" in page.split(f'data-booking="{waiting.pk}"')[0].rsplit("<a ", 1)[1]
    assert "url(#k-stripe-mine)" in page.split(f'data-booking="{waiting.pk}"')[1].split("</a>")[0]
    assert "t-past" in page.split(f'data-booking="{over.pk}"')[0].rsplit("<a ", 1)[1]
    assert "? Pending, holds its place" in page


def test_closures_hang_from_the_capacity_line_one_under_the_other(machine, alice, client_of):
    for hour, gpus in ((9, 3), (10, 3)):
        machines.close(
            actor=None, machine_id=machine.pk, start=at(hour), end=at(20), gpus=gpus, reason="", confirm=True
        )
    page = page_of(client_of(alice), WEEK)
    assert [
        (y, height) for y, height in re.findall(r't-closed">\s*<svg x="\S+" y="(\S+)" width="\S+" height="(\S+)"', page)
    ] == [
        ("7", "14"),
        ("21", "14"),
    ]


def test_names_stand_between_bidi_isolates(take, alice, bob, client_of):
    bob.first_name, bob.last_name = "", "אבי כהן"
    bob.save()
    take(bob, 9, 20, 4)
    assert "\u2068אבי כהן\u2069 · 4 GPU" in page_of(client_of(alice), f"{WEEK}&range=day")


def test_the_page_says_when_there_is_no_machine(alice, client_of):
    for range in ("day", "week", "month"):
        assert "No machine yet" in page_of(client_of(alice), f"/farm/?range={range}")
