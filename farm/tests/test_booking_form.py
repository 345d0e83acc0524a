"""The booking form: one machine or several, named or any; its preview, its refusals, where it leads."""

import re
from html import unescape

import pytest

from farm.domain import booking, machines
from farm.models import Project, Reservation
from farm.rules.limits import RequestedAllocation
from farm.tests.conftest import at

pytestmark = pytest.mark.django_db
FORM = {"gpus": 4, "memory_gb": 2, "start": "2030-01-07T10:00", "end": "2030-01-07T12:00", "purpose": "a try"}


def text_of(response):
    return re.sub(r"\s+", " ", response.content.decode())


def value_of(page, name):
    """What a field of the page is filled with."""
    main = page[page.index("<main") :]
    found = re.search(rf'<input[^>]*name="{name}"[^>]*>', main)
    value = re.search(r'value="([^"]*)"', found[0]) if found else None
    return unescape(value[1]) if value else None


def offers_of(page):
    """The hidden values of each alternative."""
    forms = [form for form in page.split("<form")[1:] if "Take this" in form]
    return [dict(re.findall(r'type="hidden" name="([\w-]+)" value="([^"]*)"', form)) for form in forms]


def second(machine, gpus=1, memory_gb=0):
    return {"lines": 2, "m2-resource": machine, "m2-gpus": gpus, "m2-memory_gb": memory_gb}


@pytest.fixture
def other(machine):
    return machines.add_machine(actor=None, name="lyra-1", gpu_count=4, memory_gb=64, gpu_model="L40S", tags=["nvlink"])


@pytest.mark.usefixtures("frozen")
def test_a_booking_by_the_form(machine, alice, client_of):
    response = client_of(alice).post("/farm/book/", {**FORM, "resource": machine.pk})
    assert response.status_code == 302
    made = Reservation.objects.get()
    assert (made.owner, made.purpose, made.state) == (alice, "a try", "confirmed")
    assert made.start == at(9)  # ten in Paris


@pytest.mark.usefixtures("frozen")
@pytest.mark.parametrize(
    ("wrong", "field"),
    [({"gpus": "0", "memory_gb": "0"}, "gpus"), ({"end": "2030-01-07T09:00"}, "end"), ({"start": "x"}, "start"),
     ({"purpose": ""}, "purpose"), ({"start": "2020-01-07T09:00"}, "start"), ({"end": "2031-01-07T09:00"}, "end")],
)  # fmt: skip
def test_a_field_out_of_shape_says_so_beside_it(machine, alice, client_of, wrong, field):
    response = client_of(alice).post("/farm/book/", {**FORM, "resource": machine.pk, **wrong})
    assert response.status_code == 400
    assert f'id="id_{field}_error"' in text_of(response)
    assert Reservation.objects.count() == 0


@pytest.mark.usefixtures("frozen")
def test_any_machine_means_the_tightest_that_fits(machine, alice, client_of):
    small = machines.add_machine(actor=None, name="small", gpu_count=5, memory_gb=4)
    client_of(alice).post("/farm/book/", {**FORM, "resource": ""})
    assert Reservation.objects.get().lines.get().machine == small


@pytest.mark.usefixtures("frozen")
def test_a_wall_time_that_the_clocks_skip_moves_forward(machine, alice, client_of):
    night = {"start": "2030-03-31T02:30", "end": "2030-03-31T05:00"}
    client_of(alice).post("/farm/book/", {**FORM, **night, "resource": machine.pk})
    assert Reservation.objects.get().start.isoformat() == "2030-03-31T01:30:00+00:00"


@pytest.mark.usefixtures("frozen")
def test_several_machines_are_one_booking(machine, other, alice, client_of):
    response = client_of(alice).post("/farm/book/", {**FORM, "resource": machine.pk, **second(other.pk, 2, 8)})
    assert response.status_code == 302
    made = Reservation.objects.get()
    assert list(made.lines.values_list("machine", "gpus", "memory_gb")) == [(machine.pk, 4, 2), (other.pk, 2, 8)]


@pytest.mark.usefixtures("frozen")
def test_a_machine_is_added_and_taken_out_by_buttons_that_keep_every_answer(machine, other, alice, client_of):
    client = client_of(alice)
    page = text_of(client.post("/farm/book/", {**FORM, "gpus": "x", "action": "add"}))
    assert 'name="lines" value="2"' in page and 'name="m2-gpus"' in page
    assert (value_of(page, "gpus"), value_of(page, "purpose")) == ("x", "a try")
    assert "at-error" not in page  # nothing is judged yet
    sent = {**FORM, "resource": machine.pk, **second(other.pk, 3), "action": "remove-0"}
    page = text_of(client.post("/farm/book/", sent))
    assert 'name="lines" value="1"' in page and value_of(page, "gpus") == "3"
    assert f'<option value="{other.pk}" selected>' in page
    assert Reservation.objects.count() == 0


@pytest.mark.usefixtures("frozen")
def test_the_same_machine_twice_is_said_beside_the_second(machine, alice, client_of):
    response = client_of(alice).post("/farm/book/", {**FORM, "resource": machine.pk, **second(machine.pk)})
    assert response.status_code == 400
    assert 'id="id_m2-resource_error"' in text_of(response)


@pytest.mark.usefixtures("frozen")
@pytest.mark.parametrize(("wish", "chosen"), [("model:L40S", "lyra-1"), ("tag:nvlink", "lyra-1"), ("", "ferme-1")])
def test_a_wish_is_any_machine_of_a_model_or_with_a_tag(machine, other, alice, client_of, wish, chosen):
    machines.add_machine(actor=None, name="aa-more", gpu_count=40, memory_gb=64)
    client_of(alice).post("/farm/book/", {**FORM, "gpus": 4 if wish else 5, "resource": wish})
    assert Reservation.objects.get().lines.get().machine.name == chosen


@pytest.mark.usefixtures("frozen")
def test_two_wishes_never_take_the_same_machine_and_leave_each_other_room(machine, other, alice, client_of):
    """The first wish would fit lyra-1 best, but the second can only have that one."""
    wishes = {**FORM, "gpus": 1, "memory_gb": 0, "resource": "", **second("model:L40S")}
    assert client_of(alice).post("/farm/book/", wishes).status_code == 302
    assert list(Reservation.objects.get().lines.values_list("machine__name", flat=True)) == ["ferme-1", "lyra-1"]


@pytest.mark.usefixtures("frozen")
def test_more_wishes_than_machines_of_that_kind_are_refused(machine, other, alice, client_of):
    wishes = {**FORM, "gpus": 1, "memory_gb": 0, "resource": "model:L40S", **second("model:L40S")}
    response = client_of(alice).post("/farm/book/", wishes)
    assert response.status_code == 400 and "too few machines of that kind" in text_of(response)


@pytest.mark.usefixtures("frozen")
def test_a_length_stands_in_for_the_end(machine, alice, client_of):
    sent = {**FORM, "resource": machine.pk, "end": "", "length": "8"}
    assert client_of(alice).post("/farm/book/", sent).status_code == 302
    assert Reservation.objects.get().end == at(17)
    response = client_of(alice).post("/farm/book/", {**sent, "length": ""})
    assert response.status_code == 400 and 'id="id_end_error"' in text_of(response)


@pytest.mark.usefixtures("frozen")
def test_the_address_fills_the_form_in_and_shows_the_span_on_the_machine(machine, take, alice, bob, client_of):
    take(bob, 9, 10, 6)
    address = f"/farm/book/?resource={machine.pk}&gpus=6&start=2030-01-07T09:00Z&end=2030-01-07T11:00Z"
    page = text_of(client_of(alice).get(address))
    assert (value_of(page, "start"), value_of(page, "end")) == ("2030-01-07T10:00", "2030-01-07T12:00")  # in Paris
    assert value_of(page, "memory_gb") == "8"  # the part that goes with six of twelve GPUs
    assert "t-ask" in page and "Fits on ferme-1 for 2 hours, 12 GPU-hours." in page


@pytest.mark.usefixtures("frozen")
def test_the_preview_says_when_it_would_fit_and_draws_nothing_of_nonsense(machine, take, alice, bob, client_of):
    take(bob, 9, 10, 6)
    client = client_of(alice)
    query = {"resource": machine.pk, "gpus": 7, "memory_gb": 1, "start": "2030-01-07T10:00", "end": "2030-01-07T12:00"}
    page = text_of(client.get("/farm/book/preview/", query))
    assert "Does not fit then. The first time that does: Mon 7 Jan 11:00 – 13:00, on ferme-1." in page
    for odd in ({"gpus": "-"}, {"start": "0001-01-01T00:00"}, {"end": "9999-12-31T23:59"}, {"length": "99999"}):
        response = client.get("/farm/book/preview/", query | odd)
        assert response.status_code == 200 and "<svg" not in text_of(response)


@pytest.mark.usefixtures("frozen")
@pytest.mark.parametrize(
    ("target", "leads"),
    [("/farm/?day=2030-01-07", "/farm/?day=2030-01-07"), ("https://evil.example/", "/farm/bookings/"),
     ("//evil.example/x", "/farm/bookings/"), ("", "/farm/bookings/"), ("home", "/farm/bookings/"),
     ("nowhere", "/farm/bookings/"), ("2030-01-07T10:00", "/farm/bookings/")],
)  # fmt: skip
def test_after_booking_one_is_back_where_one_came_from(machine, alice, client_of, target, leads):
    client = client_of(alice)
    sent = {**FORM, "resource": machine.pk, "next": target}
    assert (value_of(text_of(client.get("/farm/book/", {"next": target})), "next") == target) is (leads == target)
    assert client.post("/farm/book/", sent, follow=False)["Location"] == leads
    assert "Booked: Mon 7 Jan 10:00 – 12:00." in text_of(client.get("/farm/bookings/"))


@pytest.mark.usefixtures("frozen")
def test_a_booking_like_another_has_its_machines_and_what_one_may_read_of_it(
    machine, other, alice, bob, client_of, settings
):
    settings.FARM_NAMES = "staff"
    lines = [RequestedAllocation(machine.pk, 2, 3), RequestedAllocation(other.pk, 1, 8)]
    his = booking.book(actor=bob, owner=bob, start=at(9), end=at(14), allocations=lines, purpose="secret")
    page = text_of(client_of(bob).get(f"/farm/book/?like={his.pk}"))
    assert value_of(page, "purpose") == "secret" and value_of(page, "m2-memory_gb") == "8"
    assert (value_of(page, "start"), value_of(page, "end")) == ("2030-01-07T10:00", "2030-01-07T15:00")
    page = text_of(client_of(alice).get(f"/farm/book/?like={his.pk}"))
    assert "secret" not in page and value_of(page, "m2-memory_gb") == "8"
    assert client_of(alice).get("/farm/book/?like=99999999999999999999").status_code == 200


@pytest.mark.usefixtures("frozen")
def test_staff_alone_book_for_somebody_else(machine, alice, bob, staff, client_of):
    sent = {**FORM, "resource": machine.pk, "owner": "alice"}
    assert client_of(staff).post("/farm/book/", sent).status_code == 302
    assert Reservation.objects.get().owner == alice
    response = client_of(staff).post("/farm/book/", {**sent, "owner": "nobody-here"})
    assert response.status_code == 400 and 'id="id_owner_error"' in text_of(response)
    assert 'name="owner"' not in text_of(client_of(bob).get("/farm/book/"))
    client_of(bob).post("/farm/book/", sent)
    assert Reservation.objects.latest("pk").owner == bob  # what the form does not have is not read


@pytest.mark.usefixtures("frozen")
def test_a_project_that_is_not_the_owner_s_is_refused_beside_its_field(machine, alice, staff, client_of):
    project = Project.objects.create(name="Vision")
    sent = {**FORM, "resource": machine.pk, "owner": "alice", "project": project.pk}
    response = client_of(staff).post("/farm/book/", sent)
    assert response.status_code == 403 and 'id="id_project_error"' in text_of(response)


@pytest.mark.usefixtures("frozen")
def test_the_form_takes_as_many_queries_on_a_large_farm(machine, take, alice, bob, client_of, assert_flat):
    client = client_of(alice)

    def grow():
        for number in range(30):
            more = machines.add_machine(actor=None, name=f"more-{number}", gpu_count=12, memory_gb=64)
            take(bob, 9, 12, 2, machine_id=more.pk)

    def read():
        assert client.get(f"/farm/book/?resource={machine.pk}").status_code == 200
        refused = client.post("/farm/book/", {**FORM, "resource": machine.pk, "gpus": 13})
        assert refused.status_code == 409

    assert_flat(read, grow, limit=60)


def test_a_stranger_does_not_see_the_form(client):
    assert "/sign-in/" in client.get("/farm/book/")["Location"]
    assert "/sign-in/" in client.get("/farm/book/preview/")["Location"]


@pytest.mark.usefixtures("frozen")
def test_the_earliest_slot_is_found_before_a_purpose_is_given_and_booking_asks_for_it(machine, alice, client_of):
    nameless = {**FORM, "purpose": "", "action": "earliest"}
    response = client_of(alice).post("/farm/book/", nameless)
    page = text_of(response)
    assert response.status_code == 200 and "The earliest that fits is ferme-1" in page
    assert "aria-invalid" not in page and Reservation.objects.count() == 0
    assert client_of(alice).post("/farm/book/", {**nameless, "action": "preview"}).status_code == 200
    assert client_of(alice).post("/farm/book/", {**nameless, "action": "book"}).status_code == 400


@pytest.mark.usefixtures("frozen")
def test_find_a_slot_fills_in_the_earliest_time_and_leaves_any_machine_open(machine, take, alice, bob, client_of):
    booking.book(
        actor=None, owner=bob, start=at(12, 1), end=at(20, 1), allocations=[RequestedAllocation(machine.pk, 12, 0)]
    )
    page = text_of(client_of(alice).get("/farm/book/?earliest=1"))
    assert "The earliest time that fits is Tue 1 Jan 21:00 – 23:00." in page
    assert value_of(page, "start") == "2030-01-01T21:00" and '<option value="" selected>' in page
    named = text_of(client_of(alice).get(f"/farm/book/?earliest=1&resource={machine.pk}"))
    assert "The earliest that fits is ferme-1, Tue 1 Jan 21:00 – 23:00." in named


@pytest.mark.usefixtures("frozen")
def test_a_refusal_by_a_closure_says_that_and_when(machine, alice, client_of):
    machines.close(actor=None, machine_id=machine.pk, start=at(8), end=at(18), reason="New fans", confirm=True)
    response = client_of(alice).post("/farm/book/", {**FORM, "resource": machine.pk})
    assert response.status_code == 409
    assert "Closed Mon 7 Jan 09:00 – 19:00 (New fans)." in text_of(response)
