"""/api/v1/farm/projects/: who sees a project and its people, and who may book for it."""

import pytest

from farm.domain import projects
from farm.models import Project
from live.models import Change

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen", "machine")]
BASE = "/api/v1/farm"
SPAN = {"start": "2030-01-07T09:00:00Z", "end": "2030-01-07T10:00:00Z"}


def test_a_project_is_shown_to_its_people_and_its_members_to_its_owners(api_of, alice, bob, charlie, staff, settings):
    team = Project.objects.create(name="team")
    team.owners.add(alice), team.members.add(bob)
    address = f"{BASE}/projects/{team.pk}"
    whole = {"id": team.pk, "name": "team", "owners": ["alice"], "members": ["bob"]}
    assert api_of(alice).get(address).json() == api_of(staff).get(address).json() == whole
    assert "members" not in api_of(bob).get(address).json()
    assert api_of(bob).get(f"{BASE}/projects").json()["results"] == [
        {"id": team.pk, "name": "team", "owners": ["alice"]}
    ]
    assert api_of(charlie).get(address).status_code == 404
    assert api_of(charlie).get(f"{BASE}/projects").json()["results"] == []
    settings.FARM_NAMES = "staff"
    assert api_of(bob).get(address).json() == {"id": team.pk, "name": "team"}
    assert api_of(alice).get(address).json() == whole


def test_open_timelines_fetch_everything_after_a_change_of_a_project(alice, bob, staff):
    team = projects.save_project(actor=staff, project=None, name="team", owners=[alice], members=[])
    Change.objects.all().delete()
    for name, members in (("team", []), ("crew", []), ("crew", [bob])):
        projects.save_project(actor=staff, project=team, name=name, owners=[alice], members=members)
    assert list(Change.objects.values_list("topic", "rows")) == [("farm", "")] * 2


def test_a_booking_is_charged_to_an_own_project_and_others_are_404(api_of, alice, bob, staff):
    team = Project.objects.create(name="team")
    team.members.add(bob)
    body = {**SPAN, "project": team.pk, "lines": []}
    assert api_of(bob).post(f"{BASE}/reservations", body).json()["project"] == team.pk
    assert api_of(alice).post(f"{BASE}/reservations", body).status_code == 404
    assert api_of(staff).post(f"{BASE}/reservations", {**body, "owner": "alice"}).status_code == 403
