"""A search for tokens in everything that Atelier writes or shows to other programs.

A real `git http-backend` behind Basic and Bearer. Searched: logs at the lowest level, all tables, tasks, errors, the
stores on disk, and the command lines and environments of our processes during each contact.
"""

import base64
import contextlib
import logging
import os
from pathlib import Path
from urllib.parse import quote

import pytest
from django.apps import apps

from accounts.models import AuditEvent
from gitsync.domain import credentials
from gitsync.git import transport
from gitsync.models import Credential
from gitsync.syncing import credential_check, recording
from gitsync.tests.builders import events, sync_now
from gitsync.values import CourseIds
from kernel.errors import Malformed
from kernel.sealing import unseal

pytestmark = [pytest.mark.django_db, pytest.mark.database]
COURSE = CourseIds("ada", "H2027", "StruDon")
TOKEN, SECOND = "glpat-Zm9v+not/a=real~token", "glpat-second%20not-real"
USER = "oauth2"
BASIC = "Basic " + base64.b64encode(f"{USER}:{TOKEN}".encode()).decode()


def forms(secret):
    """The secret as it is, as addresses and JSON have it, and in base64, alone and behind the user's name."""
    coded = [base64.b64encode(text.encode()).decode().rstrip("=")[:-1] for text in (secret, f"{USER}:{secret}")]
    return {secret, quote(secret, safe=""), repr(secret)[1:-1], secret.replace("/", "\\/"), *coded}


def leaks(secrets, places):
    """Return the names of the places that have one of the secrets in one of its forms."""
    wanted = [form for secret in secrets for form in forms(secret)]
    return sorted({name for name, text in places if any(form in text for form in wanted)})


def tables():
    for model in apps.get_models(include_auto_created=True):
        for row in model._base_manager.values_list():
            yield model._meta.label, repr(row)


def files(folder):
    for path in folder.rglob("*"):
        yield str(path), str(path) + (path.read_bytes().decode("latin-1") if path.is_file() else "")


def processes():
    """The command lines and environments of this process and all that it has started; of nobody else's."""
    pids = [os.getpid()]
    for pid in pids:  # it grows
        for path in Path(f"/proc/{pid}/task").glob("*/children"):
            with contextlib.suppress(OSError):  # it has ended
                pids += map(int, path.read_text().split())
        for name in ("cmdline", "environ"):
            with contextlib.suppress(OSError):
                yield f"process {name}", Path(f"/proc/{pid}/{name}").read_bytes().decode("latin-1")


class WatchedRequests(list):
    """The server's list of requests, which looks at the processes during each one."""

    def __init__(self):
        self.leaks, self.looked = set(), 0

    def append(self, request):
        super().append(request)
        places = list(processes())
        self.leaks.update(leaks([TOKEN, SECOND], places))
        self.looked += len(places)


@pytest.fixture
def watched(git_server, settings, monkeypatch):
    settings.DEMO_GIT_SERVER = git_server.host
    requests = WatchedRequests()
    monkeypatch.setattr(git_server, "requests", requests)
    return requests


@pytest.fixture
def logs(caplog):
    for name in (None, "urllib3", "dulwich", "paramiko", "http.client", "django.db.backends", "gitsync", "celery"):
        caplog.set_level(logging.DEBUG, logger=name)
    return caplog


def test_the_search_finds_a_secret_in_each_of_its_forms(db, tmp_path):
    AuditEvent.objects.create(verb="x", subject="x:1", after={"token": TOKEN})
    assert leaks([TOKEN], tables()) == ["accounts.AuditEvent"]
    for text in (TOKEN, quote(TOKEN, safe=""), BASIC, base64.b64encode(TOKEN.encode()).decode()):
        (tmp_path / "file").write_text(f"url = https://{text}@host")
        assert leaks([TOKEN], files(tmp_path)) == [str(tmp_path / "file")]
    assert leaks([SECOND], [*tables(), *files(tmp_path)]) == []


@pytest.mark.parametrize("bearer", [True, False])
def test_a_token_is_nowhere_but_sealed(
    watched,
    git_server,
    work,
    registration,
    queued,
    logs,
    tmp_path,
    monkeypatch,
    bearer,
    settings,
    django_capture_on_commit_callbacks,
):
    said = []
    header = f"Bearer {TOKEN}" if bearer else BASIC
    git_server.accepted = {header: 200}
    values = {"host": f"http://{git_server.host}", "bearer": bearer, "user_name": "" if bearer else USER}
    credential = credentials.save_token(None, COURSE, token=TOKEN, **values)

    assert sync_now(registration).read_with == credential, "it was sent"
    with django_capture_on_commit_callbacks(execute=True):
        credentials.request_test(credential.pk)
    credential_check.check(credential.pk)
    assert Credential.objects.get().last_error == ""
    git_server.moved = {"bob": f"http://{git_server.host}/elsewhere"}
    sync_now(registration)  # a redirect
    git_server.moved = {}
    for status in (401, 403, 404, 429, 500):
        git_server.accepted = {header: status}
        sync_now(registration)
        credential_check.check(credential.pk)
    git_server.accepted = {header: 200}
    with monkeypatch.context() as patch:  # a fault of ours, while the secret is in the frames of the traceback
        fetch = transport.fetch

        def broken(*arguments):
            fetch(*arguments)
            raise RuntimeError("a fault")

        patch.setattr(transport, "fetch", broken)
        assert sync_now(registration).reason == "internal"
    work.commit("more", more_txt="x\n")
    work.push()
    with monkeypatch.context() as patch:
        patch.setattr(recording, "record", lambda *arguments: 1 / 0)
        assert sync_now(registration).reason == "internal"
    for wrong in (f"{TOKEN} {SECOND}", f"{TOKEN}\r\nHost: x", f"{TOKEN}é"):
        with pytest.raises(Malformed) as refused:
            credentials.replace(None, credential.pk, token=wrong)
        said.append(("refusal", f"{refused.value!r} {refused.value} {vars(refused.value)}"))
    credentials.replace(None, credential.pk, token=SECOND)
    sync_now(registration)
    row = Credential.objects.get()
    assert unseal(row.sealed, bound_to=row.bound_to) == SECOND
    settings.SECRET_KEY, settings.GIT_CREDENTIALS_KEY = "another", []
    sync_now(registration)  # no key opens it
    said += [("texts", f"{row!r} {row} {vars(row)}"), ("tasks", repr(queued)), ("logs", logs.text)]
    said += [("logs", repr(record.__dict__)) for record in logs.records]
    said += [("events", repr(event.body)) for event in events()]

    assert leaks([TOKEN, SECOND], [*said, *tables(), *files(tmp_path / "stores")]) == []
    assert watched.leaks == set()
    assert ("gitsync.tasks.test_credential", credential.pk) in queued
    assert watched.looked and logs.records, "there was something to search in"

    credentials.revoke(None, row.pk)
    assert Credential.objects.get().sealed == ""
    assert leaks([TOKEN, SECOND], tables()) == []
