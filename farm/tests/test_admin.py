"""Bookings and projects in the admin; who may come in; how many queries a list takes."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission

from accounts.models import AuditEvent
from farm.domain import booking, machines
from farm.models import Project, Reservation
from farm.rules.limits import RequestedAllocation
from farm.tests.conftest import NOW, at

pytestmark = pytest.mark.usefixtures("frozen")
BOOKINGS = "/admin/farm/reservation/"


def step_address(name, *rows):
    return f"{BOOKINGS}steps/{name}/?ids={','.join(str(row.pk) for row in rows)}"


@pytest.fixture
def running(machine, bob):
    return booking.book(
        actor=None, owner=bob, start=NOW, end=NOW + timedelta(hours=5),
        allocations=[RequestedAllocation(machine.pk, 1, 0)]
    )  # fmt: skip


def test_chosen_bookings_are_cancelled_with_a_reason_and_a_toast_for_each(
    client_of, staff, take, alice, running, frozen
):
    frozen.shift(timedelta(minutes=1))
    coming = take(alice, 9, 10, 1)
    draft = booking.book(actor=alice, owner=alice, start=at(9), end=at(10))
    client = client_of(staff)
    address = step_address("cancel", coming, draft, running)
    data = {"action": "cancel", "_selected_action": [coming.pk, draft.pk, running.pk]}
    assert client.post(BOOKINGS, data).url.startswith(f"{BOOKINGS}steps/cancel/?ids=")
    assert "will be refused" in client.get(address).content.decode()
    assert "field is required" in client.post(address, {"reason": ""}).content.decode()
    text = client.post(address, {"reason": "power cut"}, follow=True).content.decode()
    assert f"Booking {coming.pk} of Alice Martin – cancelled." in text
    assert f"Booking {draft.pk} of Alice Martin – cancelled." in text
    assert f"Booking {running.pk} of Bob Martin – This booking is “Running”" in text
    states = dict(Reservation.objects.values_list("pk", "state"))
    assert states == {coming.pk: "cancelled", draft.pk: "cancelled", running.pk: "confirmed"}
    event = AuditEvent.objects.get(verb="farm.cancel", subject=f"reservation:{coming.pk}")
    assert (event.actor, event.reason) == (staff, "power cut")


def test_a_running_booking_is_given_back_with_a_reason(client_of, staff, running, frozen):
    frozen.shift(timedelta(hours=1))
    page = client_of(staff).post(step_address("give-back", running), {"reason": "left the school"}, follow=True)
    assert "given back." in page.content.decode()
    running.refresh_from_db()
    assert (running.state, running.end) == ("released", NOW + timedelta(hours=1))
    assert AuditEvent.objects.get(verb="farm.give_back").reason == "left the school"


def test_the_page_of_a_booking_offers_only_the_possible_step(client_of, staff, take, alice, running, frozen):
    frozen.shift(timedelta(minutes=1))
    coming = take(alice, 9, 10, 1)
    client = client_of(staff)
    first = client.get(f"{BOOKINGS}{coming.pk}/change/").content.decode()
    second = client.get(f"{BOOKINGS}{running.pk}/change/").content.decode()
    assert "steps/cancel/" in first
    assert "steps/give-back/" not in first
    assert "steps/give-back/" in second
    assert "steps/cancel/" not in second


def test_bookings_are_filtered_by_their_state_at_this_moment(client_of, staff, take, alice, running):
    coming = take(alice, 9, 10, 1)
    client = client_of(staff)
    for state, row in (("active", running), ("confirmed", coming)):
        rows = client.get(f"{BOOKINGS}?state={state}").context["cl"].queryset
        assert list(rows) == [row]
    assert not client.get(f"{BOOKINGS}?state=finished").context["cl"].queryset.exists()


@pytest.mark.parametrize("path", ["reservation", "allocation", "closure", "capacitycheck"])
def test_rows_that_only_commands_write_are_read_only(path, client_of, staff, take, alice, machine):
    take(alice, 9, 10, 1)
    machines.close(actor=staff, machine_id=machine.pk, start=at(12), end=at(13))
    client = client_of(staff)
    assert client.get(f"/admin/farm/{path}/").status_code == 200
    assert client.get(f"/admin/farm/{path}/add/").status_code == 403
    assert client.post(f"/admin/farm/{path}/1/change/", {}).status_code in (302, 403)
    assert client.post(f"/admin/farm/{path}/1/delete/", {"post": "yes"}).status_code in (302, 403)
    assert Reservation.objects.get().state == "confirmed"


def test_a_project_needs_an_owner_and_its_people_are_in_the_audit_log(client_of, staff, alice, bob):
    client = client_of(staff)
    address = "/admin/farm/project/add/"
    assert client.post(address, {"name": "Vision", "owners": [], "members": [bob.pk]}).status_code == 200
    assert not Project.objects.exists()
    client.post(address, {"name": "Vision", "owners": [alice.pk], "members": [bob.pk]})
    project = Project.objects.get()
    assert (list(project.owners.all()), list(project.members.all())) == ([alice], [bob])
    address = f"/admin/farm/project/{project.pk}/change/"
    assert client.post(address, {"name": "Vision", "owners": [], "members": []}).status_code == 200
    assert list(project.owners.all()) == [alice]
    client.post(address, {"name": "ViewerPermissions", "owners": [bob.pk], "members": []})
    event = AuditEvent.objects.filter(verb="farm.project").first()
    assert event.before == {"name": "Vision", "owners": ["alice"], "members": ["bob"]}
    assert event.after == {"name": "ViewerPermissions", "owners": ["bob"], "members": []}
    client.post(f"/admin/farm/project/{project.pk}/delete/", {"post": "yes"})
    assert not Project.objects.exists()
    assert AuditEvent.objects.filter(verb="farm.remove_project").count() == 1


def test_the_project_form_searches_for_people_and_does_not_list_them(client_of, staff, person):
    for number in range(30):
        person(f"pupil{number}")
    page = client_of(staff).get("/admin/farm/project/add/").content.decode()
    assert "pupil" not in page
    answer = client_of(staff).get(
        "/admin/autocomplete/?app_label=farm&model_name=project&field_name=owners&term=pupil29"
    ).json()  # fmt: skip
    assert [row["text"] for row in answer["results"]] == ["pupil29"]


PATHS = [
    "machine/", "machine/1/change/", "machine/import/", "machine/export.csv", "machine/steps/retire/?ids=1",
    "reservation/", "reservation/steps/cancel/?ids=1", "closure/", "closure/1/reopen/", "allocation/", "project/",
    "capacitycheck/",
]  # fmt: skip


@pytest.mark.parametrize("path", PATHS)
def test_only_staff_with_the_permission_come_in(path, client_of, alice, teacher, person, take, machine, client):
    take(alice, 9, 10, 1)
    machines.close(actor=None, machine_id=machine.pk, start=at(12), end=at(13))
    clerk = person("clerk", kind="teacher", is_staff=True)
    for user in (alice, teacher, clerk):
        for method in ("get", "post"):
            answer = getattr(client_of(user), method)(f"/admin/farm/{path}")
            assert answer.status_code in (302, 403)
            assert "/admin/farm" not in answer.get("Location", "").split("?")[0]
    assert client.get(f"/admin/farm/{path}").status_code == 302
    machine.refresh_from_db()
    assert machine.state == "open"


def test_staff_who_may_only_view_cannot_take_steps(client_of, person, take, alice, machine):
    viewer = person("viewer", kind="teacher", is_staff=True)
    viewer.user_permissions.set(Permission.objects.filter(codename__startswith="view_", content_type__app_label="farm"))
    booked = take(alice, 9, 10, 1)
    client = client_of(viewer)
    assert client.get("/admin/farm/machine/").status_code == 200
    assert "steps/retire" not in client.get(f"/admin/farm/machine/{machine.pk}/change/").content.decode()
    for path in ("machine/steps/retire/?ids=1", "machine/import/", f"reservation/steps/cancel/?ids={booked.pk}"):
        assert client.post(f"/admin/farm/{path}", {"confirm": "x", "reason": "x"}).status_code == 403
    assert "steps/cancel" not in client.get(f"{BOOKINGS}{booked.pk}/change/").content.decode()


@pytest.mark.parametrize("path", ["machine", "reservation", "closure", "allocation", "project", "capacitycheck"])
def test_a_list_takes_the_same_queries_with_1_row_and_with_30(path, assert_flat, client_of, staff, person, machine):
    from farm.domain import capacity_check, projects

    client = client_of(staff)

    def add(number):
        owner = person(f"p{number}")
        other = machines.add_machine(actor=None, name=f"m{number}", gpu_count=1, memory_gb=1)
        lines = (
            [RequestedAllocation(other.pk, 1, 0), RequestedAllocation(machine.pk, 0, 1)]
            if number < 10
            else [RequestedAllocation(other.pk, 1, 0)]
        )
        booking.book(actor=None, owner=owner, start=at(9), end=at(10), allocations=lines)
        machines.close(actor=staff, machine_id=other.pk, start=at(11), end=at(12))
        projects.save_project(actor=staff, project=None, name=f"p{number}", owners=[owner], members=[owner])
        capacity_check.create_check(owner)

    add(0)
    open_list = lambda: client.get(f"/admin/farm/{path}/")  # noqa: E731
    assert_flat(open_list, lambda: [add(number) for number in range(1, 30)])


@pytest.mark.parametrize("name", ["close", "retire"])
def test_the_preview_of_a_step_reads_all_bookings_in_one_query(
    name, queries_of, client_of, staff, take, alice, bob, machine
):
    client = client_of(staff)
    data = {"start": "2030-01-07T08:00", "end": "2030-01-07T23:00", "how_much": "all"}
    take(alice, 9, 10, 1)
    take(bob, 9, 10, 1)
    open_preview = lambda: client.post(f"/admin/farm/machine/steps/{name}/?ids={machine.pk}", data)  # noqa: E731
    open_preview()
    before = len(queries_of(open_preview))
    for hour in range(11, 20):
        take(alice, hour, hour + 1, 1)
    assert len(queries_of(open_preview)) == before
