"""When the policy hides owners and purposes, no response reveals them.

Pages, fragments, refusals and both APIs.
"""

import pytest

from farm.models import Project

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen")]
SECRETS = ("zebulon", "quagmire", "Zéb", "Ornithorynque", "bathyscaphe")
DAY = "?day=2030-01-07"
SPAN_QUERY = "start=2030-01-07T10:00&end=2030-01-07T11:00&gpus=12&memory_gb=1&resource=1"


@pytest.fixture
def secret(person, take):
    """A booking by somebody whom a stranger may not identify, with a project."""
    owner = person("zebulon.quagmire", first_name="Zéb", last_name="Ornithorynque")
    project = Project.objects.create(name="bathyscaphe deep")
    project.owners.add(owner)
    return take(owner, 9, 20, 8, 4, purpose="bathyscaphe thesis", project=project)


def addresses(pk):
    pages = [f"/farm/{DAY}{more}" for more in ("", "&range=day", "&range=month", "&view=table", "&tag=x", "&free=1")]
    return [
        *pages,
        "/", f"/farm/bookings/{pk}/", f"/farm/bookings/{pk}/card/", f"/farm/machines/1/{DAY}", "/farm/home-card/",
        "/farm/machines/1/free/?start=2030-01-07T00:00&end=2030-01-08T00:00", f"/farm/fit/?{SPAN_QUERY}",
        f"/farm/book/?like={pk}", f"/farm/book/?{SPAN_QUERY}", f"/farm/book/preview/?{SPAN_QUERY}", "/farm/bookings/",
        "/Reservation", f"/Reservation/{pk}", "/RessourceReserve", "/RessourceReserve/idRessource/1",
        f"/RessourceReserve/idReservation/{pk}", "/api/v1/farm/reservations", f"/api/v1/farm/reservations/{pk}",
        f"/api/v1/farm/reservations/{pk}/lines", "/api/v1/farm/resources", "/api/v1/farm/projects",
        "/api/v1/farm/resources/1/availability", "/api/v1/farm/slots?gpus=1&hours=1", "/api/v1/farm/closures",
        "/api/v1/farm/reservations?owner=zebulon.quagmire",
    ]  # fmt: skip


def posts(pk):
    """Commands that are refused, each with an answer in words."""
    form = {"resource": 1, "gpus": 12, "memory_gb": 1, "start": "2030-01-07T10:00", "end": "2030-01-07T11:00"}
    span = {"date_debut": "2030-01-07 10:00:00", "date_fin": "2030-01-07 11:00:00"}
    line = {"idReservation": pk, "idRessource": 1, "nbGPU": 12, "nbMemoire": 1}
    api = {"start": "2030-01-07T10:00:00Z", "end": "2030-01-07T11:00:00Z"}
    full = [{"resource": 1, "gpus": 12, "memory_gb": 1}]
    return [
        ("/farm/book/", {**form, "purpose": "mine"}, None),
        (f"/farm/bookings/{pk}/move/", form, None),
        (f"/farm/bookings/{pk}/change/", form, None),
        (f"/farm/bookings/{pk}/cancel/", {}, None),
        (f"/farm/bookings/{pk}/give-back/", {}, None),
        (f"/farm/bookings/{pk}/end/", form, None),
        ("/farm/undo/", {"ticket": "x"}, None),
        ("/Reservation", {**span, "lignes": [line]}, "json"),
        ("/Reservation", {**span, "nomUtilisateur": "zebulon"}, "json"),
        ("/RessourceReserve", line, "json"),
        ("/api/v1/farm/reservations", {**api, "lines": full}, "json"),
        (f"/api/v1/farm/reservations/{pk}/cancel", {}, "json"),
        (f"/api/v1/farm/reservations/{pk}/lines", full[0], "json"),
        ("/api/v1/farm/closures", {**api, "resource": 1}, "json"),
    ]


def secrets_in(response, sent=""):
    text = response.content.decode()
    return [word for word in SECRETS if word in text.replace(sent, "")]


@pytest.mark.parametrize("policy", ["staff", "project"])
def test_a_stranger_sees_neither_name_nor_purpose_anywhere(secret, charlie, client_of, settings, policy):
    settings.FARM_NAMES = policy
    client = client_of(charlie)
    for address in addresses(secret.pk):
        for headers in ({}, {"HX-Request": "true"}, {"Accept": "text/html"}):
            response = client.get(address, headers=headers)
            assert response.status_code == 200, address
            assert secrets_in(response, "owner=zebulon.quagmire") == [], (address, headers)
    for address, values, kind in posts(secret.pk):
        for headers in ({}, {"HX-Request": "true"}, {"Accept": "text/html"}):
            options = {"content_type": "application/json"} if kind else {}
            response = client.post(address, values, headers=headers, follow=True, **options)
            assert secrets_in(response, '"nomUtilisateur": "zebulon"') == [], (address, response.content.decode())


def test_the_policy_staff_also_hides_the_shared_project(secret, charlie, client_of, settings):
    """Under this policy the timeline does not mark the bookings of a project that the reader belongs to."""
    secret.project.members.add(charlie)
    settings.FARM_NAMES = "staff"
    assert 't-bar" href' in client_of(charlie).get(f"/farm/{DAY}").content.decode()
    settings.FARM_NAMES = "project"
    assert 't-bar t-team" href' in client_of(charlie).get(f"/farm/{DAY}").content.decode()


@pytest.mark.parametrize("policy", ["staff", "project", "everyone"])
def test_staff_see_the_secret_words_on_the_same_pages(secret, staff, client_of, settings, policy):
    settings.FARM_NAMES = policy
    client = client_of(staff)
    for address in (f"/farm/{DAY}", f"/farm/bookings/{secret.pk}/card/", "/api/v1/farm/reservations", "/Reservation"):
        assert secrets_in(client.get(address)), address
