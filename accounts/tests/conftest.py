"""Newcomers and their links, a clerk, and a real mail server from the tests of mails."""

import re

import pytest
from django.contrib.auth.models import Permission

from mail.models import Mail
from mail.tests.conftest import smtp

__all__ = ["smtp"]


@pytest.fixture
def newcomer(person):
    """Ama, a student who was never here: no password."""
    ama = person("ama", first_name="Ama", last_name="Mensah")
    ama.set_unusable_password()
    ama.save()
    return ama


@pytest.fixture
def link_to():
    """`link_to(ama)` returns the path of the latest link in a mail to this person."""

    def path(person, kind="accounts.invitation"):
        return Mail.objects.filter(person=person, kind=kind).exclude(path="").latest("id").path

    return path


@pytest.fixture
def links_in():
    """`links_in(message)` returns the paths of the one-time links in a message that a mail server took."""

    def paths(message):
        return re.findall(r"/in/[\w-]+/", message.get_body(("plain",)).get_content())

    return paths


@pytest.fixture
def clerk(person):
    """Staff who may change people, but who are no superuser."""
    clerk = person("clerk", kind="teacher", is_staff=True)
    clerk.user_permissions.set(Permission.objects.filter(codename="change_user"))
    return clerk
