"""The alarm about capacity on the home page of staff, and the check that they start there."""

from datetime import timedelta

from farm import tasks
from farm.domain import booking, capacity_check
from farm.models import CapacityCheck
from farm.tests.builders import overbook


def test_only_staff_see_a_fault_on_their_home_page(varied_farm, client_of, staff, alice, teacher):
    overbook(varied_farm)
    tasks.check_capacity()
    page = client_of(staff).get("/").content.decode()
    assert "capacity-alarm" in page
    assert "ferme-1" in page
    assert "More is held than there is: 1 GPU too much." in page
    assert f'<a href="/farm/bookings/{varied_farm.pk}/">{varied_farm.pk}</a>' in page
    for person in (alice, teacher):
        assert "capacity-alarm" not in client_of(person).get("/").content.decode()
        assert client_of(person).get("/farm/capacity/").status_code == 403
        assert client_of(person).post("/farm/capacity/check/").status_code == 403
    assert CapacityCheck.objects.count() == 1


def test_a_farm_without_faults_shows_no_alarm(varied_farm, client_of, staff):
    assert "capacity-alarm" not in client_of(staff).get("/").content.decode()
    tasks.check_capacity()
    assert "capacity-alarm" not in client_of(staff).get("/").content.decode()


def test_no_check_for_two_days_is_an_alarm(varied_farm, client_of, staff, frozen):
    tasks.check_capacity()
    frozen.shift(timedelta(days=2))
    page = client_of(staff).get("/").content.decode()
    assert "has not been checked lately" in page


def test_a_farm_that_is_two_days_old_and_was_never_checked_is_an_alarm(varied_farm, client_of, staff, frozen):
    frozen.shift(timedelta(days=2, hours=1))
    assert "No check has ended yet." in client_of(staff).get("/").content.decode()


def test_staff_check_again_and_the_alarm_disappears_after_the_repair(varied_farm, client_of, staff, alice):
    overbook(varied_farm)
    client = client_of(staff)
    page = client.post("/farm/capacity/check/", follow=True)
    assert "Checked: 1 fault found." in page.content.decode()
    booking.cancel(actor=alice, reservation_id=varied_farm.pk)
    page = client.post("/farm/capacity/check/", follow=True).content.decode()
    assert "Checked: no fault." in page
    assert "capacity-alarm" not in page
    assert set(CapacityCheck.objects.values_list("asked_by", flat=True)) == {staff.pk}


def test_the_worker_checks_a_large_farm_and_the_page_shows_the_result(varied_farm, client_of, staff, monkeypatch):
    queued = []
    monkeypatch.setattr(capacity_check, "SMALL_FARM", 1)
    monkeypatch.setattr("farm.views.capacity_check.queue", lambda *task: queued.append(task))
    client = client_of(staff)
    page = client.post("/farm/capacity/check/", follow=True).content.decode()
    assert "A check has been running since" in page
    (check,) = CapacityCheck.objects.all()
    assert queued == [("farm.tasks.check_capacity", check.pk)]
    tasks.check_capacity(check.pk)
    assert "No fault was found." in client.get("/farm/capacity/").content.decode()
    assert "capacity-alarm" not in client.get("/").content.decode()


def test_a_get_request_starts_no_check(varied_farm, client_of, staff):
    assert client_of(staff).get("/farm/capacity/check/").url == "/farm/"
    assert not CapacityCheck.objects.exists()
