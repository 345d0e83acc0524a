"""The token of a connection reads the private repositories of its organisation, over a real `git http-backend`."""

import base64
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.core.management import call_command

from courses.domain import forge_connections, forge_tokens
from courses.git.reading_credentials import USER_NAMES
from courses.models import ForgeConnection
from courses.tests.forge_class import work_on
from gitsync.domain import credentials
from gitsync.models import Credential, LocalCopy, Registration
from gitsync.tests.builders import sync_now
from gitsync.tests.forge_server import TOKEN, ForgeServer
from gitsync.tests.gitserver import serving

pytestmark = [pytest.mark.django_db, pytest.mark.database]
one_kind = pytest.mark.parametrize("forge", ["gitlab"], indirect=True)
NEW_TOKEN = "another-token-of-the-forge"


def basic(kind: str, token: str) -> str:
    return "Basic " + base64.b64encode(f"{USER_NAMES[kind]}:{token}".encode()).decode()


@pytest.fixture
def installed(forge: ForgeServer, connect: Any, teacher: Any) -> ForgeConnection:
    """The connection of a class whose hooks are installed; alice has a repository."""
    forge.add("class/alice")
    connection = connect()
    forge_connections.install(teacher, connection)
    return work_on(connection)


def test_the_token_becomes_a_credential_of_the_organisation_alone(
    forge: ForgeServer, installed: ForgeConnection, school: SimpleNamespace
) -> None:
    credential = Credential.objects.get()
    assert (credential.pk, credential.scope, credential.host) == (installed.credential_number, "course", forge.host)
    assert (credential.kind, credential.user_name) == ("basic", USER_NAMES[forge.kind])
    assert credential.path_prefixes == ["class"]
    assert credential.course is not None and credential.course.course_id == school.course.course_id
    assert not credential.covers_path("/classes/alice") and credential.covers_path("/class/alice")


@one_kind
def test_nothing_is_read_before_the_teacher_has_confirmed_the_list(forge: ForgeServer, connect: Any) -> None:
    forge.add("class/alice")
    connect()
    assert not Credential.objects.exists()


@one_kind
def test_a_teacher_may_say_no(forge: ForgeServer, connect: Any, teacher: Any) -> None:
    forge.add("class/alice")
    connection = connect(reads_with_token=False)
    forge_connections.install(teacher, connection)
    assert work_on(connection).credential_number is None and not Credential.objects.exists()


@one_kind
def test_the_path_is_spelled_as_in_the_addresses(forge: ForgeServer, connect: Any, teacher: Any) -> None:
    forge.add("class/alice")
    connection = connect()
    ForgeConnection.objects.update(owner="CLASS")
    forge_connections.install(teacher, connection)
    assert Credential.objects.get().path_prefixes == ["class"]


@one_kind
def test_another_token_replaces_it(forge: ForgeServer, installed: ForgeConnection, connect: Any, teacher: Any) -> None:
    sealed = Credential.objects.get().sealed
    forge_connections.replace_token(teacher, installed, NEW_TOKEN)
    credential = Credential.objects.get()
    assert credential.sealed != sealed and NEW_TOKEN not in credential.sealed
    connect()
    assert Credential.objects.get().sealed != credential.sealed
    connect(reads_with_token=False)
    assert Credential.objects.get().revoked_at


@one_kind
@pytest.mark.parametrize("command", ["forget", "forget_token", "remove_hooks"])
def test_it_is_revoked_with_the_token(
    forge: ForgeServer, installed: ForgeConnection, teacher: Any, command: str
) -> None:
    getattr(forge_connections, command)(teacher, installed)
    if command == "remove_hooks":
        work_on(installed)
    credential = Credential.objects.get()
    assert credential.revoked_at and credential.sealed == ""
    if command == "forget_token":  # a token that is given again reads again, once the hooks are looked at
        forge_connections.replace_token(teacher, installed, NEW_TOKEN)
        forge_connections.install(teacher, installed)
        assert Credential.objects.filter(revoked_at=None).count() == 1


@one_kind
def test_one_that_a_person_has_revoked_stays_revoked(
    forge: ForgeServer, installed: ForgeConnection, teacher: Any
) -> None:
    credentials.revoke(teacher, Credential.objects.get().pk)
    forge_connections.replace_token(teacher, installed, NEW_TOKEN)
    forge_connections.install(teacher, installed)
    assert Credential.objects.get().revoked_at


def test_a_private_repository_is_read_with_it(
    forge: ForgeServer, installed: ForgeConnection, teacher: Any, tmp_path: Path
) -> None:
    with serving(tmp_path) as forge.git:
        (tmp_path / "class").mkdir()
        work = forge.git.create("class/alice")
        work.commit("Début", readme="x\n")
        work.push()
        forge.git.accepted = {basic(forge.kind, NEW_TOKEN): 200}
        assert sync_now(Registration.objects.get()).reason == "credential_refused"
        forge_connections.replace_token(teacher, installed, NEW_TOKEN)
        local_copy = sync_now(Registration.objects.get())
    assert (local_copy.status, local_copy.head) == (LocalCopy.Status.OK, work.head())
    assert Registration.objects.get().repository.public is False
    assert Credential.objects.get().last_used_at


@one_kind
def test_rotating_the_keys_seals_the_token_again(forge: ForgeServer, installed: ForgeConnection, settings: Any) -> None:
    before = installed.sealed_token
    settings.GIT_CREDENTIALS_KEY = [Fernet.generate_key().decode(), *settings.GIT_CREDENTIALS_KEY]
    call_command("rotate_credentials", verbosity=0)
    installed.refresh_from_db()
    assert installed.sealed_token != before
    settings.GIT_CREDENTIALS_KEY = settings.GIT_CREDENTIALS_KEY[:1]
    assert forge_tokens.token_of(installed) == TOKEN
