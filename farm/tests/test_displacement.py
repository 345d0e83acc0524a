"""Closures and smaller machines: which bookings they shorten, and which they displace."""

from datetime import timedelta

import pytest

from accounts.models import AuditEvent
from farm.domain import booking, machines
from farm.domain.displacement import WouldDisplace, would_lose
from farm.models import Closure, LostTime, Reservation
from farm.rules.availability import Load, Share
from farm.rules.limits import RequestedAllocation
from farm.rules.shortening import ChangedMachine, kept_ends
from farm.tests.conftest import NOW, at
from farm.tests.page_text import alternatives_of, section_of, text_of

pytestmark = pytest.mark.django_db
CLOSURE = {"start": at(12, day=10), "end": at(16, day=10), "reason": "new fans"}


@pytest.fixture
def running(machine, alice, frozen):
    """A booking of the whole machine from 7 to 12 January. It is the 8th."""
    allocations = [RequestedAllocation(machine.pk, 12, 16)]
    row = booking.book(
        actor=alice, owner=alice, start=at(9), end=at(9, day=12), allocations=allocations, purpose="my thesis"
    )
    frozen.move_to(at(9, day=8))
    return row


def test_a_closure_in_two_days_leaves_a_running_booking_its_time_until_then(running, machine, staff):
    with pytest.raises(WouldDisplace) as refusal:
        machines.close(actor=staff, machine_id=machine.pk, **CLOSURE)
    assert refusal.value.extra == {
        "reservations": [running.pk],
        "shortened": [{"reservation": running.pk, "end": "2030-01-10T12:00:00Z"}],
    }
    assert "shorten bookings on ferme-1" in refusal.value.message
    machines.close(actor=staff, machine_id=machine.pk, confirm=[running.pk], **CLOSURE)
    running.refresh_from_db()
    line = running.lines.get()
    assert (running.state, running.start, running.end, running.version) == ("confirmed", at(9), at(12, day=10), 2)
    assert (line.start, line.end, line.held) == (at(9), at(12, day=10), True)
    assert running.state_at(at(9, day=8)) == "active"
    event = AuditEvent.objects.get(verb="farm.shorten", subject=f"reservation:{running.pk}")
    assert (event.reason, event.before["end"][:13], event.after["end"][:13]) == (
        "new fans", "2030-01-12T09", "2030-01-10T12",
    )  # fmt: skip


def test_a_coming_booking_that_begins_before_and_ends_after_a_closure_is_shortened(take, machine, alice):
    row = take(alice, 9, 15, 12)
    inside = machines.add_machine(actor=None, name="other", gpu_count=4, memory_gb=0)
    gone = take(alice, 12, 15, 4, machine_id=inside.pk)
    for pk in (machine.pk, inside.pk):
        machines.close(actor=None, machine_id=pk, start=at(12), end=at(13), confirm=True)
    row.refresh_from_db()
    gone.refresh_from_db()
    assert (row.state, row.end) == ("confirmed", at(12))
    assert gone.state == "displaced"


def test_a_closure_from_now_on_leaves_a_running_booking_no_time(running, machine):
    machines.close(actor=None, machine_id=machine.pk, start=at(8, day=8), end=at(20, day=8), confirm=True)
    running.refresh_from_db()
    assert (running.state, running.end) == ("displaced", at(9, day=8))


def test_every_machine_of_a_shortened_booking_is_free_from_then_on(take, machine, alice, bob):
    other = machines.add_machine(actor=None, name="other", gpu_count=4, memory_gb=0)
    allocations = [RequestedAllocation(machine.pk, 12, 0), RequestedAllocation(other.pk, 4, 0)]
    row = booking.book(actor=None, owner=alice, start=at(9), end=at(15), allocations=allocations)
    machines.close(actor=None, machine_id=machine.pk, start=at(12), end=at(13), confirm=True)
    assert {line.end for line in row.lines.all()} == {at(12)}
    take(bob, 12, 15, 4, machine_id=other.pk)


def test_a_part_that_is_closed_shortens_the_booking_made_last(take, machine, alice, bob):
    first, last = take(alice, 9, 15, 6), take(bob, 9, 15, 6)
    ends = would_lose(lambda: machines.close(actor=None, machine_id=machine.pk, start=at(12), end=at(13), gpus=4))
    assert ends == {last.pk: at(12)}
    assert not Closure.objects.exists()
    assert first.pk not in ends


def test_the_rule_keeps_each_reservation_beside_those_booked_before_it():
    """The third one begins when the second one, shortened, has ended."""
    machine = ChangedMachine(Share(4, 0), [])
    spans = [(12, 14, 3), (9, 14, 2), (12, 13, 1)]
    loads = [{1: Load(at(start), at(end), gpus, 0)} for start, end, gpus in spans]
    assert kept_ends({1: machine}, loads, NOW) == [at(14), at(12), at(13)]
    gone = machine._replace(is_gone=True)
    assert kept_ends({1: gone}, loads, at(13)) == [at(13)] * 3


def test_the_owner_sees_lost_time_first_on_the_home_page_with_alternatives(running, machine, alice, bob, client_of):
    machines.add_machine(actor=None, name="lyra-1", gpu_count=12, memory_gb=16)
    machines.close(actor=None, machine_id=machine.pk, confirm=True, **CLOSURE)
    client = client_of(alice)
    page = text_of(client.get("/"))
    assert page.index("Your bookings lost time") < page.index("Your bookings</h2>")
    assert "Shortened: it ends at Thu 10 Jan 13:00 now." in page and "new fans" in page
    assert "Your bookings lost time" not in text_of(client_of(bob).get("/"))
    assert all("lost" in values for values in alternatives_of(page))
    alternative = next(values for values in alternatives_of(page) if values["start"] == at(12, day=10).isoformat())
    assert client.post("/farm/book/", alternative).status_code == 302
    again = Reservation.objects.latest("pk")
    assert (again.start, again.end, again.purpose) == (at(12, day=10), at(9, day=12), "my thesis")
    assert "Your bookings lost time" not in text_of(client.get("/"))


@pytest.mark.usefixtures("frozen")
def test_a_displaced_booking_is_on_the_home_page_until_its_owner_dismisses_it(take, machine, alice, bob, client_of):
    take(alice, 12, 14, 1, purpose="my thesis")
    machines.close(actor=None, machine_id=machine.pk, start=at(11), end=at(16), confirm=True)
    lost = LostTime.objects.get()
    client = client_of(alice)
    page = text_of(client.get("/"))
    assert "Displaced: it holds nothing any more. Lost: Mon 7 Jan 13:00 – 15:00." in page
    client_of(bob).post(f"/farm/lost-times/{lost.pk}/seen/")
    assert "Displaced: it" in text_of(client.get("/"))
    assert client.post(f"/farm/lost-times/{lost.pk}/seen/").status_code == 302
    assert "Displaced: it" not in text_of(client.get("/"))


def test_an_open_home_page_without_lost_times_is_notified_of_the_first_one(alice, client_of):
    element = client_of(alice).get("/").content.decode().split('id="lost-times"')[1].split(">")[0]
    assert element.split()[:2] == ["hidden", f'data-live="person:{alice.pk}"']


@pytest.mark.usefixtures("frozen")
def test_each_booking_that_lost_time_has_alternatives_or_a_link_to_them(take, machine, alice, client_of):
    bookings = [take(alice, hour, hour + 1, 1) for hour in (12, 13, 14)]
    machines.close(actor=None, machine_id=machine.pk, start=at(11), end=at(16), confirm=True)
    section = client_of(alice).get("/").content.decode().split('id="lost-times"')[1].split("</section>")[0]
    notices = [notice for notice in section.split("<li>") if "Book again" in notice]
    assert ["See alternatives" in notice for notice in notices] == [False, False, True]
    assert notices[2].count(f'href="/farm/bookings/{bookings[2].pk}/"') == 2


def test_a_shortened_booking_says_so_on_its_page_and_in_my_bookings(running, machine, alice, client_of):
    machines.close(actor=None, machine_id=machine.pk, confirm=True, **CLOSURE)
    client = client_of(alice)
    page = text_of(client.get(f"/farm/bookings/{running.pk}/"))
    assert "Shortened: it ends at Thu 10 Jan 13:00 now" in page and "Another time, same machine" in page
    assert "Shortened: the machine is closed from then on" in page
    assert "my thesis" in section_of(text_of(client.get("/farm/bookings/")), "Shortened")


def test_lost_time_is_shown_for_a_week_after_it_is_over(running, machine, alice, frozen):
    machines.close(actor=None, machine_id=machine.pk, confirm=True, **CLOSURE)
    for days, count in ((6, 1), (8, 0)):
        now = at(9, day=12) + timedelta(days=days)
        assert LostTime.objects.shown_to(alice.pk, now).count() == count


def test_the_french_wire_has_no_new_word_for_a_shortened_booking(take, alice, bob, api_of, staff):
    take(alice, 12, 13, 8)
    shortened = take(bob, 9, 15, 4)
    answer = api_of(staff).patch("/Ressource/1", {"quantiteGPU": 8})
    assert answer.status_code == 409 and answer.json()["error"]["reservations"] == [shortened.pk]
    assert set(answer.json()["error"]) == {"code", "message", "field", "reservations"}
    assert api_of(staff).patch("/Ressource/1", {"quantiteGPU": 8, "confirmer": True}).status_code == 200
    assert Reservation.objects.get(pk=shortened.pk).end == at(12)
