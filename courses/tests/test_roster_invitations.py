"""The invitations of new accounts from a file. A stand-in for accounts.invitations notes whom it is asked to invite."""

import sys
from importlib.machinery import ModuleSpec
from types import ModuleType

import pytest

from courses import tasks
from courses.domain import roster_imports, roster_invitations, roster_plan
from courses.rules.planned_lines import mark_of
from courses.tests.roster_files import imported

LIST = "Ama Roy <ama@school.example>;A1\nZoé Roy;A1\nalice@school.example;A2\n"


@pytest.fixture
def invited(monkeypatch):
    """The people whom the stand-in was asked to invite: (actor, user name, title, path)."""
    people = []
    module = ModuleType(roster_invitations.MODULE)
    module.__spec__ = ModuleSpec(roster_invitations.MODULE, None)

    def invite(actor, person, *, context_title="", context_path=""):
        people.append((actor.username, person.username, context_title, context_path))

    module.invite = invite
    monkeypatch.setitem(sys.modules, roster_invitations.MODULE, module)
    return people


def apply(course, invite):
    row = imported(course, LIST)
    roster_imports.start(row, mark=mark_of(roster_plan.plan_import(row)), invite=invite)
    tasks.apply_roster_import(row.pk)


def test_new_accounts_with_an_address_are_invited_once_and_nobody_else(school, invited):
    apply(school.course, True)
    apply(school.course, True)
    assert invited == [("teacher", "ama", "Structures", f"/courses/{school.course.pk}/")]


def test_nobody_is_invited_without_the_tick(school, invited):
    apply(school.course, False)
    assert invited == []


def test_the_preview_offers_invitations_only_where_they_can_be_sent(school, invited, client_of, monkeypatch):
    client, address = client_of(school.course.teacher), f"/courses/{school.course.pk}/roster/import/"
    preview = client.post(address, {"people": LIST}).url
    assert 'name="invite"' in client.get(preview).content.decode()
    monkeypatch.setattr(roster_invitations, "can_invite", lambda: False)
    assert 'name="invite"' not in client.get(preview).content.decode()
