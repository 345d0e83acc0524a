"""The booking form: one machine or several, named or any; for whom; where it leads."""

import re

import pytest

from farm.domain import machines
from farm.models import Project, Reservation
from farm.tests.builders import FORM, second_machine
from farm.tests.conftest import at
from farm.tests.page_text import text_of, value_of
from kernel.testing.people import PASSWORD

pytestmark = pytest.mark.django_db


@pytest.fixture
def other(machine):
    return machines.add_machine(actor=None, name="lyra-1", gpu_count=4, memory_gb=64, gpu_model="L40S", tags=["nvlink"])


@pytest.mark.usefixtures("frozen")
def test_the_form_makes_a_booking(machine, alice, client_of):
    response = client_of(alice).post("/farm/book/", {**FORM, "resource": machine.pk})
    assert response.status_code == 302
    made = Reservation.objects.get()
    assert (made.owner, made.purpose, made.state) == (alice, "a try", "confirmed")
    assert made.start == at(9)  # ten in Paris


@pytest.mark.usefixtures("frozen")
@pytest.mark.parametrize(
    ("invalid", "field"),
    [({"gpus": "0", "memory_gb": "0"}, "gpus"), ({"end": "2030-01-07T09:00"}, "end"), ({"start": "x"}, "start"),
     ({"purpose": ""}, "purpose"), ({"start": "2020-01-07T09:00"}, "start"), ({"end": "2031-01-07T09:00"}, "end")],
)  # fmt: skip
def test_an_invalid_field_has_its_error_beside_it(machine, alice, client_of, invalid, field):
    response = client_of(alice).post("/farm/book/", {**FORM, "resource": machine.pk, **invalid})
    assert response.status_code == 400
    assert f'id="id_{field}_error"' in text_of(response)
    assert Reservation.objects.count() == 0


@pytest.mark.usefixtures("frozen")
def test_any_machine_takes_the_one_with_the_least_to_spare(machine, alice, client_of):
    small = machines.add_machine(actor=None, name="small", gpu_count=5, memory_gb=4)
    client_of(alice).post("/farm/book/", {**FORM, "resource": ""})
    assert Reservation.objects.get().lines.get().machine == small


@pytest.mark.usefixtures("frozen")
def test_a_local_time_that_does_not_exist_moves_forward(machine, alice, client_of):
    night = {"start": "2030-03-31T02:30", "end": "2030-03-31T05:00"}
    client_of(alice).post("/farm/book/", {**FORM, **night, "resource": machine.pk})
    assert Reservation.objects.get().start.isoformat() == "2030-03-31T01:30:00+00:00"


@pytest.mark.usefixtures("frozen")
def test_several_machines_are_one_booking(machine, other, alice, client_of):
    response = client_of(alice).post("/farm/book/", {**FORM, "resource": machine.pk, **second_machine(other.pk, 2, 8)})
    assert response.status_code == 302
    made = Reservation.objects.get()
    assert list(made.lines.values_list("machine", "gpus", "memory_gb")) == [(machine.pk, 4, 2), (other.pk, 2, 8)]


@pytest.mark.usefixtures("frozen")
def test_buttons_add_and_remove_a_machine_and_keep_what_was_typed(machine, other, alice, client_of):
    client = client_of(alice)
    page = text_of(client.post("/farm/book/", {**FORM, "gpus": "x", "action": "add"}))
    assert 'name="lines" value="2"' in page and 'name="m2-gpus"' in page
    assert (value_of(page, "gpus"), value_of(page, "purpose")) == ("x", "a try")
    assert "at-error" not in page  # nothing is validated yet
    data = {**FORM, "resource": machine.pk, **second_machine(other.pk, 3), "action": "remove-0"}
    page = text_of(client.post("/farm/book/", data))
    assert 'name="lines" value="1"' in page and value_of(page, "gpus") == "3"
    assert f'<option value="{other.pk}" selected>' in page
    assert Reservation.objects.count() == 0


@pytest.mark.usefixtures("frozen")
def test_the_same_machine_twice_is_an_error_beside_the_second(machine, alice, client_of):
    response = client_of(alice).post("/farm/book/", {**FORM, "resource": machine.pk, **second_machine(machine.pk)})
    assert response.status_code == 400
    assert 'id="id_m2-resource_error"' in text_of(response)


@pytest.mark.usefixtures("frozen")
@pytest.mark.parametrize(("choice", "chosen"), [("model:L40S", "lyra-1"), ("tag:nvlink", "lyra-1"), ("", "ferme-1")])
def test_any_machine_of_a_model_or_with_a_tag_can_be_requested(machine, other, alice, client_of, choice, chosen):
    machines.add_machine(actor=None, name="aa-more", gpu_count=40, memory_gb=64)
    client_of(alice).post("/farm/book/", {**FORM, "gpus": 4 if choice else 5, "resource": choice})
    assert Reservation.objects.get().lines.get().machine.name == chosen


@pytest.mark.usefixtures("frozen")
def test_two_requests_never_take_the_same_machine(machine, other, alice, client_of):
    """lyra-1 fits the first request best, but the second request fits no other machine."""
    data = {**FORM, "gpus": 1, "memory_gb": "", "resource": "", **second_machine("model:L40S")}
    assert client_of(alice).post("/farm/book/", data).status_code == 302
    assert list(Reservation.objects.get().lines.values_list("machine__name", flat=True)) == ["ferme-1", "lyra-1"]


@pytest.mark.usefixtures("frozen")
def test_more_requests_than_machines_of_that_kind_are_refused(machine, other, alice, client_of):
    data = {**FORM, "gpus": 1, "memory_gb": "", "resource": "model:L40S", **second_machine("model:L40S")}
    response = client_of(alice).post("/farm/book/", data)
    assert response.status_code == 400 and "too few machines of that kind" in text_of(response)


@pytest.mark.usefixtures("frozen")
def test_a_length_can_be_given_instead_of_an_end(machine, alice, client_of):
    data = {**FORM, "resource": machine.pk, "end": "", "length": "8"}
    assert client_of(alice).post("/farm/book/", data).status_code == 302
    assert Reservation.objects.get().end == at(17)
    response = client_of(alice).post("/farm/book/", {**data, "length": ""})
    assert response.status_code == 400 and 'id="id_end_error"' in text_of(response)


@pytest.mark.usefixtures("frozen")
@pytest.mark.parametrize(
    ("target", "leads"),
    [("/farm/?day=2030-01-07", "/farm/?day=2030-01-07"), ("https://evil.example/", "/farm/bookings/"),
     ("//evil.example/x", "/farm/bookings/"), ("", "/farm/bookings/"), ("home", "/farm/bookings/"),
     ("nowhere", "/farm/bookings/"), ("2030-01-07T10:00", "/farm/bookings/")],
)  # fmt: skip
def test_after_booking_the_person_is_back_on_the_page_they_came_from(machine, alice, client_of, target, leads):
    client = client_of(alice)
    data = {**FORM, "resource": machine.pk, "next": target}
    assert (value_of(text_of(client.get("/farm/book/", {"next": target})), "next") == target) is (leads == target)
    assert client.post("/farm/book/", data, follow=False)["Location"] == leads
    assert "Booked: Mon 7 Jan 10:00 – 12:00." in text_of(client.get("/farm/bookings/"))


@pytest.mark.usefixtures("frozen")
def test_only_staff_book_for_somebody_else(machine, alice, bob, staff, client_of):
    data = {**FORM, "resource": machine.pk, "owner": "alice"}
    assert client_of(staff).post("/farm/book/", data).status_code == 302
    assert Reservation.objects.get().owner == alice
    response = client_of(staff).post("/farm/book/", {**data, "owner": "nobody-here"})
    assert response.status_code == 400 and 'id="id_owner_error"' in text_of(response)
    assert 'name="owner"' not in text_of(client_of(bob).get("/farm/book/"))
    client_of(bob).post("/farm/book/", data)
    assert Reservation.objects.latest("pk").owner == bob  # a field that the form does not have is ignored


@pytest.mark.usefixtures("frozen")
def test_a_project_that_is_not_the_owner_s_is_refused_beside_its_field(machine, alice, staff, client_of):
    project = Project.objects.create(name="Vision")
    data = {**FORM, "resource": machine.pk, "owner": "alice", "project": project.pk}
    response = client_of(staff).post("/farm/book/", data)
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


def test_the_form_needs_a_sign_in(client):
    assert "/sign-in/" in client.get("/farm/book/")["Location"]
    assert "/sign-in/" in client.get("/farm/book/preview/")["Location"]


@pytest.mark.usefixtures("frozen")
@pytest.mark.parametrize(("choice", "memory"), [("1", 512), ("model:H100", 512), ("", 512)])
def test_memory_that_is_left_empty_goes_with_the_gpus(machine, alice, client_of, choice, memory):
    """Of any machine that fits, it is the part of the machine that is chosen."""
    big = machines.add_machine(actor=None, name="dgx", gpu_count=8, memory_gb=1024, gpu_model="H100")
    data = {
        **FORM,
        "gpus": 4,
        "memory_gb": "",
        "resource": choice.replace("1", str(big.pk), 1) if choice == "1" else choice,
    }
    assert client_of(alice).post("/farm/book/", data).status_code == 302
    line = Reservation.objects.get().lines.get()
    assert (line.gpus, line.memory_gb) == (4, memory)


@pytest.mark.usefixtures("frozen")
def test_gpus_without_memory_must_be_confirmed_with_a_tick(machine, alice, client_of):
    client = client_of(alice)
    data = {**FORM, "resource": machine.pk, "gpus": 8, "memory_gb": 0}
    asked = client.post("/farm/book/", data)
    page = text_of(asked)
    assert asked.status_code == 400 and "Few programs run without memory." in page
    assert "Book these GPUs without memory" in page and not Reservation.objects.exists()
    assert client.post("/farm/book/", {**data, "without_memory": "on"}).status_code == 302
    assert Reservation.objects.get().lines.get().memory_gb == 0
    bare = machines.add_machine(actor=None, name="bare", gpu_count=8, memory_gb=0)
    assert client.post("/farm/book/", {**data, "resource": bare.pk}).status_code == 302  # it has no memory at all


@pytest.mark.usefixtures("frozen")
def test_a_booking_without_memory_is_changed_without_being_asked_again(machine, take, alice, client_of):
    row = take(alice, 9, 10, 2)
    client = client_of(alice)
    page = text_of(client.get(f"/farm/bookings/{row.pk}/"))
    assert "Book these GPUs without memory" in page
    answer = client.post(f"/farm/bookings/{row.pk}/change/", {"end": "2030-01-07T12:00"})
    row.refresh_from_db()
    assert answer.status_code == 302 and row.end == at(11)


@pytest.mark.usefixtures("frozen")
def test_a_booking_that_is_sent_after_the_session_ended_is_sent_again_unchanged(client, machine, alice):
    kept = "/account/kept-form/"
    sent = client.post("/farm/book/", {**FORM, "resource": machine.pk, "purpose": "my thesis — “draft”"})
    assert sent["Location"] == f"/sign-in/?next={kept}"
    client.post("/sign-in/", {"username": "alice", "password": PASSWORD, "next": kept})
    page = text_of(client.get(kept))
    fields = dict(re.findall(r'type="hidden" name="([\w-]+)" value="([^"]*)"', page[page.index("<main") :]))
    assert client.post("/farm/book/", fields).status_code == 302
    assert Reservation.objects.get().purpose == "my thesis — “draft”"
