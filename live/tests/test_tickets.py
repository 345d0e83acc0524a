"""Tickets of the event stream, their renewal, and the template tag that puts one into a page."""

import time

import pytest
import time_machine
from django.contrib.auth.models import AnonymousUser
from django.core import signing
from django.template import Context, Template, TemplateSyntaxError
from django.test import RequestFactory

from accounts.models import User
from live import tickets

NOON = "2026-11-23 12:00:00Z"


def test_a_ticket_holds_the_person_and_the_topics():
    ticket = tickets.read(tickets.issue(7, ["farm", "person:7"]))

    assert (ticket.user_id, ticket.topics) == (7, {"farm", "person:7"})


def test_many_topics_are_compressed_and_read_again():
    topics = [f"course:{number}" for number in range(100)]
    text = tickets.issue(7, topics)
    assert tickets.read(text).topics == set(topics)
    assert len(text) < len(" ".join(topics))


def test_a_ticket_expires():
    with time_machine.travel(NOON, tick=False) as clock:
        text = tickets.issue(7, ["farm"])
        clock.shift(tickets.LIFETIME - 1)
        tickets.read(text)
        clock.shift(1)
        with pytest.raises(tickets.BadTicket):
            tickets.read(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "farm",
        tickets.issue(7, ["farm"])[:-1] + "-",
        signing.Signer(salt="other").sign_object({"u": 7, "t": [], "x": 9e9}),
    ],
    ids=["nothing", "a topic", "another signature", "another salt"],
)
def test_a_forged_ticket_is_refused(text):
    with pytest.raises(tickets.BadTicket):
        tickets.read(text)


def test_a_ticket_is_renewed_only_for_its_own_person():
    with time_machine.travel(NOON, tick=False) as clock:
        text = tickets.issue(7, ["farm"])
        clock.shift(3600)
        assert tickets.read(tickets.renew([text], 7)).topics == {"farm"}
        with pytest.raises(tickets.BadTicket):
            tickets.renew([text], 8)


def test_the_tickets_of_several_tabs_become_one():
    texts = [tickets.issue(7, ["farm"]), tickets.issue(7, ["course:1", "farm"])]
    assert tickets.read(tickets.renew(texts, 7)).topics == {"farm", "course:1"}


@pytest.mark.parametrize(
    "others",
    [
        [tickets.issue(8, ["person:8"])],
        ["forged"],
        [tickets.issue(7, [f"course:{number}" for number in range(tickets.MAX_TOPICS)])],
    ],
    ids=["another person's", "forged", "too many topics"],
)
def test_a_ticket_that_may_not_be_added_is_refused(others):
    with pytest.raises(tickets.BadTicket):
        tickets.renew([tickets.issue(7, ["farm"]), *others], 7)
    with pytest.raises(tickets.BadTicket):
        tickets.renew([], 7)


@pytest.fixture
def person(db):
    return User.objects.create_user("alice-listens", password="a-long-password")


def test_renewing_a_ticket_needs_a_session(client, person):
    text = tickets.issue(person.pk, ["farm"])
    answer = client.get("/events/ticket", {"ticket": text})
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "not_signed_in")

    client.force_login(person)
    answer = client.get("/events/ticket", {"ticket": text})

    assert answer.status_code == 200
    assert "no-store" in answer["Cache-Control"]
    assert tickets.read(answer.json()["ticket"]).user_id == person.pk


def test_the_ticket_of_another_person_is_not_renewed(client, person):
    client.force_login(person)
    answer = client.get("/events/ticket", {"ticket": tickets.issue(person.pk + 1, ["farm"])})

    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "bad_ticket")


def render(user, tag='{% live_stream "farm" mine %}'):
    request = RequestFactory().get("/")
    request.user = user
    return Template("{% load live %}" + tag).render(Context({"request": request, "mine": f"person:{user.pk}"}))


def test_the_tag_renders_a_ticket_for_the_signed_in_person(person):
    html = render(person)

    text = html.split('data-ticket="')[1].split('"')[0]
    assert tickets.read(text) == tickets.Ticket(
        person.pk, frozenset({"farm", f"person:{person.pk}"}), tickets.read(text).until
    )
    assert 'data-stream="/events/"' in html
    assert f'data-topics="farm person:{person.pk}"' in html and f'data-person="{person.pk}"' in html
    assert "js/live.js" in html


def test_the_tag_renders_nothing_without_a_signed_in_person():
    assert render(AnonymousUser(), '{% live_stream "farm" %}').strip() == ""


def test_the_tag_refuses_an_invalid_topic(person):
    with pytest.raises(TemplateSyntaxError):
        render(person, '{% live_stream "Farm!" %}')


def test_a_ticket_that_was_issued_under_a_clock_a_day_ahead_has_expired():
    with time_machine.travel(time.time() + 24 * 3600):
        ticket = tickets.issue(1, ["farm"])
    with pytest.raises(tickets.BadTicket):
        tickets.read(ticket)
    assert tickets.read(tickets.renew([ticket], 1)).topics == {"farm"}
