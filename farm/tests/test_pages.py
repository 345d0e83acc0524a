"""The pages of the farm: names, free counts, addresses, fragments, and their number of queries."""

import pytest

from farm.domain import booking, machines
from farm.models import Closure, Project
from farm.rules.limits import RequestedAllocation
from farm.tests.conftest import at
from farm.tests.page_text import text_of

pytestmark = pytest.mark.django_db
WEEK = "/farm/?day=2030-01-07"


def test_the_timeline_needs_a_sign_in(client):
    response = client.get("/farm/")
    assert response.status_code == 302
    assert "/sign-in/" in response["Location"]


@pytest.mark.usefixtures("frozen")
def test_the_week_marks_own_bookings_and_names_the_owners_of_others(take, alice, bob, client_of):
    take(alice, 9, 11, 4, purpose="my thesis")
    take(bob, 10, 12, 2, purpose="his thesis")
    page = text_of(client_of(alice).get(WEEK))
    assert "t-bar t-mine" in page
    assert "You · 4 GPU · my thesis" in page.replace("\u2068", "").replace("\u2069", "")
    assert "B. Martin" in page


@pytest.mark.usefixtures("frozen")
def test_hidden_names_are_not_on_the_pages(take, alice, bob, staff, client_of, settings):
    settings.FARM_NAMES = "staff"
    take(bob, 10, 12, 2, purpose="his thesis")
    for address in (WEEK, WEEK + "&view=table", "/farm/bookings/1/"):
        page = text_of(client_of(alice).get(address))
        assert "Martin" not in page.replace("Alice Martin", "") and "his thesis" not in page
    assert "his thesis" in text_of(client_of(staff).get(WEEK))


@pytest.mark.usefixtures("frozen")
def test_with_the_project_policy_members_see_the_names_of_their_project(take, alice, bob, charlie, client_of, settings):
    settings.FARM_NAMES = "project"
    project = Project.objects.create(name="Vision")
    project.members.add(alice, bob)
    take(bob, 10, 12, 2, purpose="his thesis", project=project)
    assert "t-team" in text_of(client_of(alice).get(WEEK))
    assert "his thesis" in text_of(client_of(alice).get(WEEK))
    assert "his thesis" not in text_of(client_of(charlie).get(WEEK))


@pytest.mark.usefixtures("frozen")
def test_the_free_count_is_shown_now_and_for_each_day(take, alice, client_of):
    take(alice, 9, 23.9, 10, 4)
    page = text_of(client_of(alice).get(WEEK))
    assert "12 of 12" in page  # now
    assert "<text>2 free<" in page  # on the seventh


def test_the_free_count_of_today_always_names_the_hour(take, alice, client_of, frozen):
    take(alice, 9, 20, 12, 4)
    frozen.move_to(at(18))
    day = text_of(client_of(alice).get(WEEK)).split('class="t-words')[1]
    assert "<tspan> from 21:00</tspan>" in day  # 20:00 UTC in Paris
    assert '<tspan class="t-less"> 21:00 →</tspan>' in day  # on a narrow screen too


@pytest.mark.usefixtures("frozen")
def test_the_page_links_the_next_and_the_previous_week(machine, alice, client_of):
    page = text_of(client_of(alice).get("/farm/?day=2030-01-09&model="))
    assert "day=2030-01-16" in page and "day=2030-01-02" in page
    assert "7 – 13 January 2030" in page


@pytest.mark.usefixtures("frozen")
@pytest.mark.parametrize(
    "query", ["?day=2030-02-31", "?day=hello", "?day=9999-12-31", "?free=x&model=y&tag=z", "?day=0001-01-01"]
)
def test_an_invalid_address_still_shows_the_page(machine, alice, client_of, query):
    assert client_of(alice).get(f"/farm/{query}").status_code == 200


@pytest.mark.usefixtures("frozen")
def test_htmx_gets_the_page_without_its_frame(machine, alice, client_of):
    response = client_of(alice).get(WEEK, headers={"HX-Request": "true"})
    assert "<html" not in response.content.decode()
    assert 'data-live="farm"' in response.content.decode()
    assert "HX-Request" in response["Vary"]


@pytest.mark.usefixtures("frozen")
@pytest.mark.parametrize("address", [WEEK, WEEK + "&view=table", "/farm/bookings/"])
def test_the_number_of_queries_does_not_grow(take, machine, alice, bob, client_of, assert_flat, address):
    take(alice, 9, 10, 1)
    client = client_of(alice)

    def grow():
        for number in range(30):
            more = machines.add_machine(actor=None, name=f"more-{number}", gpu_count=4, memory_gb=64)
            Closure.objects.create(machine=more, start=at(3), end=at(4))
            for day in range(1, 4):
                lines = [RequestedAllocation(more.pk, 1, 1)]
                if day == 1 and number < 9:
                    lines.append(RequestedAllocation(machine.pk, 0, 1))
                booking.book(
                    actor=None,
                    owner=[alice, bob][number % 2],
                    start=at(9, 6 + day),
                    end=at(12, 6 + day),
                    allocations=lines,
                )

    assert_flat(lambda: client.get(address), grow)


@pytest.mark.usefixtures("machine")
def test_the_home_card_and_the_machine_have_pages(alice, client_of):
    assert "Nothing booked" in text_of(client_of(alice).get("/farm/home-card/"))
    assert client_of(alice).get("/farm/machines/1/").status_code == 200
    assert client_of(alice).get("/farm/machines/99/").status_code == 404


@pytest.mark.usefixtures("frozen")
def test_a_share_is_written_in_the_readers_language_without_its_zero(take, alice, bob, client_of):
    take(alice, 9, 11, 1, 2)
    take(bob, 9, 11, 1)
    alice.language = "fr"
    alice.save()
    page = text_of(client_of(alice).get(WEEK + "&view=table"))
    assert "1 GPU · 2 Go" in page
    assert "· 0 G" not in page
