"""An unavailable database: every address answers 503, in the reader's language, and makes no further query."""

import errno
import json
import os
import secrets
import subprocess
import sys

import pytest
from django.conf import settings
from django.db import InterfaceError, InternalError, OperationalError
from django.http import HttpResponse
from django.test import RequestFactory

from accounts.middleware import DatabaseUnavailableMiddleware
from accounts.views import errors
from kernel.api.exceptions import api_exception_handler
from kernel.database.unavailable import fault_of
from kernel.errors import Busy, Conflict

# This runs in another process, whose database cannot be opened. It prints the answers to pages, forms and programs.
REQUESTS = """
import json, django
from django.conf import settings
settings.STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
django.setup()
from django.test import Client
requests = {
    "page": ("get", "/farm/", {}), "mine": ("get", "/farm/bookings/?page=2", {}), "home": ("get", "/", {}),
    "form": ("post", "/farm/book/", {"purpose": "x"}), "alive": ("get", "/livez", {}),
    "sign_in": ("post", "/sign-in/", {"username": "a", "password": "b"}), "fragment": ("get", "/farm/", {}),
    "api": ("get", "/api/v1/farm/reservations/", {}), "wire": ("get", "/Ressource", {}),
    "french": ("get", "/farm/", {}),
}
answers = {}
for name, (method, path, body) in requests.items():
    client = Client(raise_request_exception=False)
    if name != "alive":
        client.cookies["sessionid"] = "x" * 32
    client.cookies["django_language"] = "fr" if name == "french" else "en"
    client.cookies["theme"] = "dark"
    headers = {"HX-Request": "true"} if name == "fragment" else {"Referer": "http://testserver/farm/book/?x=1"}
    answer = getattr(client, method)(path, body, headers=headers)
    answers[name] = [answer.status_code, dict(answer.headers), answer.content.decode()]
print(json.dumps(answers))
"""


@pytest.fixture(scope="module")
def answers(tmp_path_factory):
    home = tmp_path_factory.mktemp("away")
    env = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "ATELIER_HOME": str(home),
        "DATABASE_URL": f"sqlite:///{home}/no/such/folder/db.sqlite3",
        "PYTHONPATH": str(settings.BASE_DIR),
        "ALLOWED_HOSTS": "testserver",
        "SECRET_KEY": secrets.token_hex(32),
    }
    command = [sys.executable, "-c", REQUESTS]
    result = subprocess.run(command, env=env, capture_output=True, text=True, timeout=120, check=False)
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout.splitlines()[-1])


@pytest.mark.parametrize("name", ["page", "mine", "home", "form", "sign_in", "fragment"])
def test_every_page_answers_503_with_retry_after(answers, name):
    status, headers, page = answers[name]
    assert (status, headers["Retry-After"], headers["Cache-Control"]) == (503, "5", "no-store")
    assert "Back in a moment" in page and 'data-bs-theme="dark"' in page
    assert "Traceback" not in page and "OperationalError" not in page and "unable to open" not in page
    assert headers["Content-Security-Policy"]


def test_the_answer_to_a_get_says_that_nothing_is_lost_and_links_the_same_page(answers):
    page = answers["mine"][2]
    assert "Nothing is lost" in page and 'href="/farm/bookings/?page=2"' in page


def test_the_answer_to_a_post_says_that_it_may_not_be_saved_and_links_the_form(answers):
    page = answers["form"][2]
    assert "probably not saved" in page and 'href="http://testserver/farm/book/?x=1"' in page


def test_programs_get_an_error_object(answers):
    for name in ("api", "wire"):
        status, headers, body = answers[name]
        assert status == 503 and headers["Retry-After"] and json.loads(body)["error"]["code"] == "busy"


def test_the_language_is_that_of_the_cookie(answers):
    assert '<html lang="fr"' in answers["french"][2] and '<html lang="en"' in answers["page"][2]


def test_livez_answers_200_without_a_database(answers):
    assert answers["alive"][0] == 200


def test_a_busy_error_shows_its_own_sentence():
    request = RequestFactory().post("/farm/book/", headers={"Referer": "https://evil.example/"})
    middleware = DatabaseUnavailableMiddleware(lambda _request: HttpResponse())
    response = middleware.process_exception(request, Busy("busy", "Busy it is."))
    assert response is not None and response.status_code == 503
    assert "Busy it is." in response.content.decode() and "evil" not in response.content.decode()


@pytest.mark.parametrize(
    ("error", "sentence", "code"),
    [
        (
            OperationalError("database or disk is full"),
            "The disk of the server is full. Nothing was saved.",
            "disk_full",
        ),
        (OperationalError("disk I/O error"), "The disk of the server is full.", "disk_full"),
        (OperationalError(1114, "The table 'live_change' is full"), "The disk of the server is full.", "disk_full"),
        (InternalError(3, 'Error writing file (Errcode: 28 "No space left on device")'), "disk of", "disk_full"),
        (OSError(errno.ENOSPC, "No space left on device"), "The disk of the server is full.", "disk_full"),
        (OperationalError("attempt to write a readonly database"), "can only be read", "read_only"),
        (OperationalError(1290, "running with the --read-only option"), "can only be read", "read_only"),
        (OperationalError("database is locked"), "The database is busy.", "busy"),
        (OperationalError(1205, "Lock wait timeout exceeded"), "The database is busy.", "busy"),
        (OperationalError(2003, "Can't connect to MySQL server"), "The database does not answer.", "busy"),
        (OperationalError("unable to open database file"), "The database does not answer.", "busy"),
        (OperationalError(2013, "Lost connection during query"), "The change may have been made", "database_lost"),
    ],
)
def test_each_fault_says_what_it_is(error, sentence, code):
    """Pages and APIs outside their views, and API views."""
    answer = errors.unavailable(RequestFactory().post("/api/v1/x", headers={"Accept-Language": "en"}), error)
    from_view = api_exception_handler(error, {})
    assert answer.status_code == from_view.status_code == 503
    assert json.loads(answer.content)["error"]["code"] == from_view.data["error"]["code"] == code
    assert sentence in from_view.data["error"]["message"]
    if code in ("disk_full", "read_only"):
        page = errors.unavailable(RequestFactory().get("/farm/", headers={"Accept-Language": "en"}), error)
        assert sentence in page.content.decode()


def test_our_own_mistakes_do_not_count_as_an_unavailable_database():
    unavailable = [
        OperationalError(2006, "Server has gone away"),
        OperationalError("database is locked"),
        InterfaceError(0, ""),
    ]
    own_mistakes = [
        OperationalError("no such table: farm_x"),
        OperationalError(1054, "Unknown column"),
        InternalError("x"),
        OSError(errno.ENOENT, "x"),
        ValueError("x"),
        Conflict("x", "x"),
        None,
    ]
    assert all(fault_of(error) for error in unavailable)
    assert not any(fault_of(error) for error in own_mistakes)
    middleware = DatabaseUnavailableMiddleware(lambda _request: HttpResponse())
    assert middleware.process_exception(RequestFactory().get("/"), ValueError()) is None
