"""The page "My bookings": its sections, its buttons, its pages, and the GPU-hours of the month."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from farm.domain import booking, machines
from farm.models import Reservation
from farm.rules.limits import RequestedAllocation
from farm.tests.conftest import at
from farm.tests.page_text import section_of, text_of

pytestmark = pytest.mark.django_db
MINE = "/farm/bookings/"


@pytest.mark.usefixtures("frozen")
def test_only_its_owner_cancels_a_booking(take, alice, bob, client_of):
    row = take(alice, 9, 10, 1, purpose="mine")
    address = f"/farm/bookings/{row.pk}/cancel/"
    assert "mine" in text_of(client_of(alice).get("/farm/bookings/"))
    client_of(bob).post(address)
    row.refresh_from_db()
    assert row.state == "confirmed"
    assert client_of(alice).get(address).url == f"/farm/bookings/{row.pk}/"
    client_of(alice).post(address)
    row.refresh_from_db()
    assert row.state == "cancelled"


def test_a_running_booking_can_be_extended_and_given_back(take, alice, client_of, frozen):
    row = take(alice, 9, 12, 1)
    frozen.move_to(at(10))
    client = client_of(alice)
    assert "Running now" in text_of(client.get("/farm/bookings/"))
    client.post(f"/farm/bookings/{row.pk}/end/", {"end": "2030-01-07T15:00"})
    row.refresh_from_db()
    assert row.end == at(14)
    client.post(f"/farm/bookings/{row.pk}/give-back/")
    row.refresh_from_db()
    assert (row.state, row.end) == ("released", at(10))


def test_a_running_booking_shows_how_much_of_it_is_used(take, alice, client_of, frozen):
    take(alice, 9, 13, 2, purpose="my thesis")
    frozen.move_to(at(10))
    running = section_of(text_of(client_of(alice).get(MINE)), "Running now")
    assert "my thesis" in running and "1 hour of 4 hours · 25&nbsp;%" in running
    assert 'width="25.0%"' in running and "until Mon 7 Jan 14:00" in running


@pytest.mark.usefixtures("frozen")
def test_each_state_has_its_own_section(take, machine, alice, client_of):
    take(alice, 9, 10, 1, purpose="sure")
    waiting = take(alice, 11, 12, 1, purpose="asked")
    Reservation.objects.filter(pk=waiting.pk).update(state="pending")
    booking.book(actor=alice, owner=alice, start=at(14), end=at(15), purpose="sketch")
    page = text_of(client_of(alice).get(MINE))
    assert "sure" in section_of(page, "Next") and "asked" not in section_of(page, "Next")
    assert "asked" in section_of(page, "Waiting for approval")
    assert "sketch" in section_of(page, "Drafts") and "expires at" in section_of(page, "Drafts")
    assert ">14:00</time>" in section_of(page, "Drafts")  # an hour after noon UTC, in Paris


@pytest.mark.usefixtures("frozen")
def test_a_displaced_booking_is_shown_at_the_top_with_alternatives(take, machine, alice, client_of):
    row = take(alice, 9, 10, 1, purpose="my thesis")
    machines.close(actor=None, machine_id=machine.pk, start=at(8), end=at(12), reason="fan", confirm=True)
    client = client_of(alice)
    displaced = section_of(text_of(client.get(MINE)), "Displaced")
    assert "my thesis" in displaced and f"/farm/book/?like={row.pk}" in displaced
    assert section_of(text_of(client.get(MINE)), "Past") == ""
    page = text_of(client.get(f"/farm/bookings/{row.pk}/"))
    assert "is closed from" in page and "fan" in page and "Alternatives" in page


def test_a_displaced_booking_is_past_after_a_week(take, machine, alice, client_of, frozen):
    take(alice, 9, 10, 1, purpose="my thesis")
    machines.close(actor=None, machine_id=machine.pk, start=at(8), end=at(12), confirm=True)
    frozen.move_to(at(11, day=14))
    page = text_of(client_of(alice).get(MINE))
    assert section_of(page, "Displaced") == "" and "my thesis" in section_of(page, "Past")


def test_past_bookings_are_paged_with_their_gpu_hours(take, alice, client_of, frozen):
    for number in range(31):
        start = at(9) + timedelta(hours=number)
        booking.book(
            actor=None, owner=alice, start=start, end=start + timedelta(hours=1),
            allocations=[RequestedAllocation(1, 2, 0)],
            purpose=f"run {number}",
        )  # fmt: skip
    frozen.move_to(at(9, day=10))
    client = client_of(alice)
    first, second = (section_of(text_of(client.get(MINE, {"page": page})), "Past") for page in ("", "2"))
    assert first.count("<tr>") == 31 and "run 30" in first and not re.search(r"run 0\b", first)  # a heading and thirty
    assert "Page 1 of 2" in first and "?page=2" in first and "31 bookings" in first
    assert second.count("<tr>") == 2 and re.search(r"run 0\b", second) and '<td class="at-end">2</td>' in second
    assert "?page=2" in text_of(client.get(MINE, {"page": "2"})).split("hx-trigger")[0]  # it stays there when live
    assert "Page 2 of 2" in text_of(client.get(MINE, {"page": "999"}))


@pytest.mark.usefixtures("frozen", "machine")
def test_coming_bookings_are_paged(alice, client_of):
    for number in range(52):
        start = at(9) + timedelta(hours=number)
        booking.book(
            actor=None, owner=alice, start=start, end=start + timedelta(hours=1),
            allocations=[RequestedAllocation(1, 2, 0)],
            purpose=f"run {number}",
        )  # fmt: skip
    client = client_of(alice)
    first, second, beyond = (text_of(client.get(MINE, {"ahead": page})) for page in ("", "2", "999"))
    assert "run 49" in first and "run 50" not in first and "?ahead=2" in first and "52 bookings" in first
    assert "run 49" not in second and "run 50" in second and "run 51" in second and "Page 2 of 2" in beyond
    assert "ahead=2" in second.split("hx-trigger")[0]  # it stays there when live


def test_the_gpu_hours_of_the_month_are_split_at_now(take, alice, bob, client_of, frozen):
    take(alice, 9, 13, 2)
    take(bob, 9, 13, 2)
    gone = take(alice, 14, 15, 8)
    booking.cancel(actor=alice, reservation_id=gone.pk)
    frozen.move_to(at(10))
    page = text_of(client_of(alice).get(MINE))
    hours = section_of(page, "GPU-hours, January")
    assert '<dd class="at-end">2</dd>' in hours and '<dd class="at-end">6</dd>' in hours


@pytest.mark.usefixtures("frozen")
def test_without_any_booking_the_page_says_what_to_do(alice, client_of):
    page = text_of(client_of(alice).get(MINE))
    assert "No booking yet" in page and "Book machines" in page


def test_with_only_past_bookings_the_page_says_that_nothing_is_ahead(take, alice, client_of, frozen):
    take(alice, 9, 10, 1)
    frozen.move_to(at(12))
    assert "No current or future booking" in text_of(client_of(alice).get(MINE))


@pytest.mark.usefixtures("frozen")
def test_the_page_takes_as_many_queries_with_thirty_of_each(take, machine, alice, client_of, assert_flat, frozen):
    frozen.move_to(at(9.5))
    client = client_of(alice)
    more = [machines.add_machine(actor=None, name=f"more-{number}", gpu_count=90, memory_gb=90) for number in range(3)]

    def grow(count=30):
        now = timezone.now()
        for number in range(count):
            for days, state in (
                (-3, "confirmed"),
                (0, "confirmed"),
                (3, "confirmed"),
                (3, "pending"),
                (10, "displaced"),
            ):
                start = now + timedelta(days=days, minutes=number - 30)
                lines = (
                    [RequestedAllocation(more[number % 3].pk, 1, 1), RequestedAllocation(machine.pk, 0, 1)]
                    if number % 5 == 0
                    else []
                )
                row = booking.book(
                    actor=None,
                    owner=alice,
                    start=start,
                    end=start + timedelta(hours=2),
                    allocations=lines,
                    past_allowed=True,
                )
                Reservation.objects.filter(pk=row.pk).update(state=state)

    def read():
        assert client.get(MINE).status_code == 200

    grow(1)  # one of each
    assert_flat(read, grow)


def test_the_page_needs_a_sign_in_and_shows_no_booking_of_others(take, alice, charlie, client, client_of):
    take(alice, 9, 10, 1, purpose="my thesis")
    assert "/sign-in/" in client.get(MINE)["Location"]
    assert "my thesis" not in text_of(client_of(charlie).get(MINE))


@pytest.mark.usefixtures("frozen")
def test_gpu_hours_are_written_in_the_readers_number_format(take, alice, client_of):
    row = take(alice, 9, 10.5, 1, purpose="mine")
    client = client_of(alice)
    assert re.search(r"<dt>GPU-hours</dt>\s*<dd>1\.5</dd>", text_of(client.get(f"/farm/bookings/{row.pk}/")))
    alice.language = "fr"
    alice.save()
    page = text_of(client_of(alice).get(f"/farm/bookings/{row.pk}/", headers={"accept-language": "fr"}))
    assert "<dd>1,5</dd>" in page


@pytest.mark.parametrize("step", ["cancel", "give-back", "end"])
def test_a_button_of_an_older_version_changes_nothing(take, alice, client_of, frozen, step):
    """A button acts on the booking as it was shown, not as it has become since."""
    row = take(alice, 9, 12, 1)
    booking.change(actor=alice, reservation_id=row.pk, end=at(15))
    frozen.move_to(at(8) if step == "cancel" else at(10))
    client = client_of(alice)
    form = {"version": row.version, "end": "2030-01-07T12:00"}
    page = text_of(client.post(f"/farm/bookings/{row.pk}/{step}/", form, follow=True))
    assert "changed in the meantime" in page
    row.refresh_from_db()
    assert (row.state, row.end, row.version) == ("confirmed", at(15), 2)
    client.post(f"/farm/bookings/{row.pk}/{step}/", form | {"version": 2})
    row.refresh_from_db()
    assert row.version == 3


@pytest.mark.usefixtures("frozen")
def test_the_buttons_of_the_card_send_the_version_they_show(take, alice, client_of):
    row = take(alice, 9, 12, 1)
    card = text_of(client_of(alice).get(f"/farm/bookings/{row.pk}/card/"))
    form = card.partition(f"/farm/bookings/{row.pk}/cancel/")[2].partition("</form>")[0]
    assert f'name="version" value="{row.version}"' in form
