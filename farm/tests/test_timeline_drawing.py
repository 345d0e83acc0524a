"""The drawing of the timeline: its bars, closures and names, and the attributes that the scripts read."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from farm.domain import booking, machines
from farm.models import Reservation
from farm.rules.limits import RequestedAllocation
from farm.tests.conftest import at

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen")]
WEEK = "/farm/?day=2030-01-07"


def page_of(client, address):
    response = client.get(address)
    assert response.status_code == 200
    return re.sub(r"\s+", " ", response.content.decode()).replace("&amp;", "&")


@pytest.mark.parametrize("range", ["day", "week", "month"])
@pytest.mark.parametrize(("day", "hours"), [("2026-03-29", 23), ("2026-10-25", 25)])
def test_a_day_of_a_clock_change_is_drawn_to_scale(machine, alice, client_of, frozen, range, day, hours):
    frozen.move_to(datetime.fromisoformat(f"{day}T00:00+00:00") - timedelta(days=2))
    start = datetime.fromisoformat(f"{day}T20:00").replace(tzinfo=UTC)
    made = booking.book(
        actor=None,
        owner=alice,
        start=start,
        end=start + timedelta(hours=1),
        allocations=[RequestedAllocation(machine.pk, 3, 0)],
    )
    page = page_of(client_of(alice), f"/farm/?day={day}&range={range}")
    first, last = (
        datetime.fromisoformat(text) for text in re.search(r'data-start="(\S+)" data-end="(\S+)"', page).groups()
    )
    assert (last - first) / timedelta(hours=1) in (hours, hours + 144, hours + 30 * 24)
    bar = page.split(f'href="/farm/bookings/{made.pk}/"')[1]
    x = float(re.search(r'<svg x="([\d.]+)%"', bar)[1])
    assert x == pytest.approx((start - first) / (last - first) * 100, abs=0.01)


def test_the_drawing_has_the_attributes_that_the_scripts_read(take, alice, bob, client_of):
    mine, his = take(alice, 9, 11, 4, 2), take(bob, 10, 12, 2)
    page = page_of(client_of(alice), WEEK)
    plot = re.search(r'<svg class="at-plot"[^>]*>', page)[0]
    for name in ("resource", "gpus", "memory", "open"):
        assert f" data-{name}" in plot
    head = re.search(r'<svg class="at-days"[^>]*>', page)[0]
    for name in ("start", "end", "offsets"):
        assert f" data-{name}" in head
    tags = re.findall(r'<a class="t-bar[^>]*>', page)
    bars = {int(re.search(r'href="/farm/bookings/(\d+)/"', tag)[1]): tag for tag in tags}
    assert set(bars) == {mine.pk, his.pk}
    assert 'data-start="2030-01-07T09:00:00+00:00" data-end="2030-01-07T11:00:00+00:00"' in bars[mine.pk]
    assert 'data-moves="start end" data-version="' in bars[mine.pk]
    assert bars[his.pk] == f'<a class="t-bar" href="/farm/bookings/{his.pk}/">', "his times are only drawn"


def test_a_bar_says_who_has_what_and_when_and_the_plot_around_it_names_the_machine(take, alice, client_of):
    take(alice, 9, 11, 4, 2, purpose="training")
    page = page_of(client_of(alice), WEEK)
    assert 'role="group" aria-label="ferme-1: bookings from 7 January to 13 January"' in page
    title = "You · 4 GPU · 2 GB · training, Mon 7 Jan 10:00 to Mon 7 Jan 12:00, Confirmed"
    bar = re.search(r'<a class="t-bar.*?</a>', page)[0]
    assert f"<title>{title}</title>" in bar
    assert "> <" not in bar, "hundreds of bars would send spaces that nobody sees"


def test_a_bar_with_a_per_cent_sign_in_its_purpose_is_named(take, alice, client_of):
    take(alice, 9, 11, 4, 2, purpose="100% of a %(from)s test")
    page = page_of(client_of(alice), WEEK)
    assert "<title>You · 4 GPU · 2 GB · 100% of a %(from)s test, Mon 7 Jan 10:00 to " in page


def test_a_bar_in_two_pieces_is_one_link(machine, take, alice, client_of):
    take(alice, 9, 11, 4)
    take(alice, 9, 20, 4)
    take(alice, 9, 20, 1)
    split = take(alice, 12, 15, 6)
    page = page_of(client_of(alice), WEEK)
    bar = page.split(f'href="/farm/bookings/{split.pk}/"')[1].split("</a>")[0]
    assert bar.count("<rect/>") == 2


def test_a_pending_booking_is_striped_and_a_past_one_grey(take, alice, client_of, frozen):
    waiting, over = take(alice, 9, 20, 4), take(alice, 6, 8, 1)
    Reservation.objects.filter(pk=waiting.pk).update(state="pending")
    frozen.move_to(at(10))
    page = page_of(client_of(alice), WEEK)
    assert "t-pending" in page.split(f'href="/farm/bookings/{waiting.pk}/"')[0].rsplit("<a ", 1)[1]
    assert "url(#k-stripe-mine)" in page.split(f'href="/farm/bookings/{waiting.pk}/"')[1].split("</a>")[0]
    assert "t-past" in page.split(f'href="/farm/bookings/{over.pk}/"')[0].rsplit("<a ", 1)[1]
    assert "? Pending, holds its place" in page


def test_partial_closures_hang_from_the_capacity_line_one_below_the_other(machine, alice, client_of):
    for hour, gpus in ((9, 3), (10, 3)):
        machines.close(
            actor=None, machine_id=machine.pk, start=at(hour), end=at(20), gpus=gpus, reason="", confirm=True
        )
    page = page_of(client_of(alice), WEEK)
    closures = re.findall(r't-closed">\s*<svg x="\S+" y="(\S+)" width="\S+" height="(\S+)"', page)
    assert closures == [("7", "14"), ("21", "14")]


def test_names_stand_between_bidi_isolates(take, alice, bob, client_of):
    bob.first_name, bob.last_name = "", "אבי כהן"
    bob.save()
    take(bob, 9, 20, 4)
    assert "\u2068אבי כהן\u2069 · 4 GPU" in page_of(client_of(alice), f"{WEEK}&range=day")
