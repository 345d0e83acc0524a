"""Tests of the pages that connect a course with a forge, and of `manage.py forge`."""

from io import StringIO
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from courses.models import ForgeConnection, ForgeRepository
from courses.tests.forge_class import work_on
from gitsync.tests.forge_server import TOKEN, ForgeServer

pytestmark = pytest.mark.parametrize("forge", ["gitlab"], indirect=True)


def address(school: SimpleNamespace, connection: ForgeConnection | None = None, tail: str = "") -> str:
    middle = f"{connection.pk}/" if connection else ""
    return f"/courses/{school.course.pk}/forge/{middle}{tail}"


def test_from_nothing_to_a_hooked_class(
    forge: ForgeServer,
    school: SimpleNamespace,
    teacher: Any,
    client_of: Any,
) -> None:
    forge.add("class/alice")
    forge.add("class/secret")
    browser = client_of(teacher)
    assert "Connect a forge" in browser.get(f"/courses/{school.course.pk}/repositories/").content.decode()
    assert browser.get(address(school)).status_code == 200
    data = {"forge": "gitlab", "base_url": forge.url, "owner": "class", "token": TOKEN, "repo_path": "/depot"}
    answer = browser.post(address(school), data)
    connection = ForgeConnection.objects.get()
    assert answer.status_code == 302 and answer.url == address(school, connection)
    page = browser.get(answer.url).content.decode()
    assert "Reading the list of repositories" in page and f"forge:{connection.pk}" in page
    work_on(connection)
    page = browser.get(answer.url).content.decode()
    assert "2 repositories found; 1 of 2 students have one." in page
    secret = ForgeRepository.objects.get(full_name="class/secret")
    alice = ForgeRepository.objects.get(full_name="class/alice")
    choices = {f"student_{secret.pk}": "bob", f"student_{alice.pk}": "alice", "do": "install"}
    assert browser.post(answer.url, choices).status_code == 302
    work_on(connection)
    page = browser.get(address(school, connection, "_progress/")).content.decode()
    assert "2 installed" in page
    browser.post(answer.url, {"do": "remove"})
    work_on(connection)
    assert forge.hook_urls() == [[], []]
    browser.post(answer.url, {"do": "forget"})
    assert not ForgeConnection.objects.exists()


def test_a_refusal_stands_at_its_field_and_the_token_is_not_repeated(
    forge: ForgeServer,
    school: SimpleNamespace,
    teacher: Any,
    client_of: Any,
) -> None:
    data = {
        "forge": "gitlab",
        "base_url": "http://git.school.example",
        "owner": "x",
        "token": TOKEN,
        "repo_path": "/depot",
    }
    answer = client_of(teacher).post(address(school), data)
    assert answer.status_code == 422
    assert "must start with https://" in answer.content.decode() and TOKEN not in answer.content.decode()


def test_the_number_of_queries_does_not_grow(
    forge: ForgeServer,
    school: SimpleNamespace,
    teacher: Any,
    client_of: Any,
    connect: Any,
    queries_of: Any,
) -> None:
    forge.add("class/alice")
    connection = connect()
    browser = client_of(teacher)
    browser.get(address(school, connection))
    few = len(queries_of(lambda: browser.get(address(school, connection))))
    rows = [
        ForgeRepository(connection=connection, remote_id=f"x{n}", full_name=f"class/x{n}", clone_url="https://x/y")
        for n in range(200)
    ]
    ForgeRepository.objects.bulk_create(rows)
    assert len(queries_of(lambda: browser.get(address(school, connection)))) == few


def test_a_student_or_another_teacher_sees_nothing(
    forge: ForgeServer,
    school: SimpleNamespace,
    alice: Any,
    person: Any,
    client_of: Any,
    connect: Any,
) -> None:
    forge.add("class/alice")
    connection = connect()
    for someone in (alice, person("other", kind="teacher")):
        for path in (address(school), address(school, connection), address(school, connection, "_progress/")):
            assert client_of(someone).get(path).status_code in (403, 404)


def test_the_command_connects_installs_and_removes(
    forge: ForgeServer,
    school: SimpleNamespace,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    forge.add("class/alice")
    monkeypatch.setenv("FORGE_TOKEN", TOKEN)
    output = StringIO()
    course = "teacher/A2026/StruDon"
    arguments = ["connect", course, "gitlab", "class", "--server", forge.url, "--at", "/depot"]
    call_command("forge", *arguments, stdout=output)
    assert "class/alice  alice" in output.getvalue()
    number = str(ForgeConnection.objects.get().pk)
    call_command("forge", "install", number, stdout=output)
    assert len(forge.hook_urls()[0]) == 1
    call_command("forge", "remove", number, stdout=output)
    assert forge.hook_urls() == [[]]
    for _again in range(2):
        call_command("forge", "system-hook", "install", "gitlab", forge.url, stdout=output)
    assert [hook["url"] for hook in forge.system_hooks.values()] == ["https://atelier.example/_git_hook"]
    call_command("forge", "system-hook", "remove", "gitlab", forge.url, stdout=output)
    assert forge.system_hooks == {}
    call_command("forge", "list", stdout=output)
    assert TOKEN not in output.getvalue()
    with pytest.raises(CommandError):
        call_command("forge", "install", "999", stdout=output)
