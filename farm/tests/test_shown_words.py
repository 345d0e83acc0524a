"""Names of projects, purposes and reasons: the rule of the words of machines, at every door."""

import pytest

from farm.domain import booking, machines, projects
from farm.models import Closure, Project, Reservation
from farm.rules.limits import RequestedAllocation
from farm.tests.conftest import at
from kernel.errors import Conflict, Malformed

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen", "machine")]
API = "/api/v1/farm"
ADMIN = "/admin/farm/project"
UNSEEN = ["te\u200bam", "team\u202e", "\u2800", "te\x07am", "te\u2066am", "t" + "\u0301" * 40]
SPAN = {"start": "2030-01-07T09:00:00Z", "end": "2030-01-07T10:00:00Z"}


def share(machine):
    return [RequestedAllocation(machine.pk, 1, 1)]


@pytest.mark.parametrize("name", UNSEEN)
def test_a_project_s_name_that_nobody_can_read_is_refused(client_of, staff, alice, name):
    page = client_of(staff).post(f"{ADMIN}/add/", {"name": name, "owners": [alice.pk]})
    assert page.status_code == 200 and page.context["adminform"].form.errors["name"]
    with pytest.raises(Malformed):
        projects.save_project(actor=staff, project=None, name=name, owners=[alice], members=[])
    assert not Project.objects.exists()


@pytest.mark.parametrize("twin", ["Équipe", "e\u0301quipe", " équipe ", "équｉpe"])
def test_a_project_s_name_that_looks_like_another_is_refused(client_of, staff, alice, twin):
    projects.save_project(actor=staff, project=None, name="équipe", owners=[alice], members=[])
    page = client_of(staff).post(f"{ADMIN}/add/", {"name": twin, "owners": [alice.pk]})
    assert page.context["adminform"].form.errors["name"]
    with pytest.raises(Conflict):
        projects.save_project(actor=staff, project=None, name=twin, owners=[alice], members=[])


def test_a_project_with_an_old_name_is_shown_and_its_people_can_change(client_of, staff, alice, bob):
    project = Project.objects.create(name="te\u200bam")
    project.owners.add(alice)
    fields = {"name": "te\u200bam", "owners": [alice.pk], "members": [bob.pk]}
    assert client_of(staff).get(f"{ADMIN}/{project.pk}/change/").status_code == 200
    assert client_of(staff).post(f"{ADMIN}/{project.pk}/change/", fields).status_code == 302
    assert list(project.members.all()) == [bob]


@pytest.mark.parametrize("purpose", UNSEEN[1:])
def test_a_purpose_that_hides_or_turns_text_is_refused_at_every_door(api_of, client_of, alice, machine, purpose):
    lines = [{"resource": machine.pk, "gpus": 1, "memory_gb": 1}]
    answer = api_of(alice).post(f"{API}/reservations", {**SPAN, "purpose": purpose, "lines": lines})
    assert (answer.status_code, answer.json()["error"]["field"]) == (400, "purpose")
    form = {"resource": machine.pk, "gpus": 1, "memory_gb": 1, "purpose": purpose}
    page = client_of(alice).post("/farm/book/", {**form, "start": "2030-01-07T10:00", "end": "2030-01-07T11:00"})
    assert page.status_code == 400 and page.context["form"].errors["purpose"]
    assert not Reservation.objects.exists()


def test_a_purpose_has_one_form_and_an_old_one_stays_until_it_changes(api_of, alice, machine):
    made = booking.book(
        actor=alice,
        owner=alice,
        start=at(9),
        end=at(10),
        allocations=share(machine),
        purpose=" my \n thesis \u2764\ufe0f",
    )
    assert made.purpose == "my thesis \u2764\ufe0f"
    Reservation.objects.update(purpose="old\u202e")
    booking.change(actor=alice, reservation_id=made.pk, end=at(11), purpose="old\u202e")
    assert Reservation.objects.get().purpose == "old\u202e"
    with pytest.raises(Malformed):
        booking.change(actor=alice, reservation_id=made.pk, purpose="new\u202e")


def test_reasons_follow_the_rule(api_of, client_of, staff, alice, machine):
    closure = {"resource": machine.pk, **SPAN, "reason": "fans\u202e"}
    answer = api_of(staff).post(f"{API}/closures", closure)
    assert (answer.status_code, answer.json()["error"]["field"]) == (400, "reason")
    address = f"/admin/farm/machine/steps/close/?ids={machine.pk}"
    form = {"start": "2030-01-07T10:00", "end": "2030-01-07T11:00", "how_much": "all", "reason": "fans\u202e"}
    assert client_of(staff).post(address, form).context["form"].errors["reason"]
    made = booking.book(actor=alice, owner=alice, start=at(9), end=at(10), allocations=share(machine))
    with pytest.raises(Malformed):
        booking.cancel(actor=staff, reservation_id=made.pk, reason="x\u200b")
    address = f"/admin/farm/reservation/steps/cancel/?ids={made.pk}"
    assert client_of(staff).post(address, {"reason": "x\u200b"}).context["form"].errors["reason"]
    assert not Closure.objects.exists()
    machines.close(actor=staff, machine_id=machine.pk, start=at(12), end=at(13), reason=" new\t fans ")
    assert Closure.objects.get().reason == "new fans"
