"""A database that is away: every page says so calmly, in the reader's language, and asks it nothing more."""

import json
import os
import secrets
import subprocess
import sys

import pytest
from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.http import HttpResponse
from django.test import RequestFactory

from accounts.middleware import AwayMiddleware
from kernel.database.unavailable import is_away
from kernel.errors import Busy, Conflict

# Another process, whose database cannot be opened: what pages, forms, fragments and programs get from it.
ASK = """
import json, django
from django.conf import settings
settings.STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
django.setup()
from django.test import Client
asked = {
    "page": ("get", "/farm/", {}), "mine": ("get", "/farm/bookings/?page=2", {}), "home": ("get", "/", {}),
    "form": ("post", "/farm/book/", {"purpose": "x"}), "alive": ("get", "/livez", {}),
    "sign_in": ("post", "/sign-in/", {"username": "a", "password": "b"}), "fragment": ("get", "/farm/", {}),
    "api": ("get", "/api/v1/farm/reservations/", {}), "wire": ("get", "/Ressource", {}),
    "french": ("get", "/farm/", {}),
}
answers = {}
for name, (method, path, body) in asked.items():
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
    ran = subprocess.run([sys.executable, "-c", ASK], env=env, capture_output=True, text=True, timeout=120, check=False)
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout.splitlines()[-1])


@pytest.mark.parametrize("name", ["page", "mine", "home", "form", "sign_in", "fragment"])
def test_every_page_answers_503_and_when_to_come_back(answers, name):
    status, headers, page = answers[name]
    assert (status, headers["Retry-After"], headers["Cache-Control"]) == (503, "5", "no-store")
    assert "Back in a moment" in page and 'data-bs-theme="dark"' in page
    assert "Traceback" not in page and "OperationalError" not in page and "unable to open" not in page
    assert headers["Content-Security-Policy"]


def test_a_reader_is_told_that_nothing_is_lost_and_may_try_the_same_page_again(answers):
    page = answers["mine"][2]
    assert "Nothing is lost" in page and 'href="/farm/bookings/?page=2"' in page


def test_a_sender_is_told_that_it_may_not_have_been_kept_and_led_back_to_the_form(answers):
    page = answers["form"][2]
    assert "most likely not kept" in page and 'href="http://testserver/farm/book/?x=1"' in page


def test_programs_get_the_shape_of_an_error(answers):
    for name in ("api", "wire"):
        status, headers, body = answers[name]
        assert status == 503 and headers["Retry-After"] and json.loads(body)["error"]["code"] == "busy"


def test_the_language_is_the_cookie_s(answers):
    assert '<html lang="fr"' in answers["french"][2] and '<html lang="en"' in answers["page"][2]


def test_the_process_is_alive_all_the_while(answers):
    assert answers["alive"][0] == 200


def test_busy_says_its_own_sentence():
    request = RequestFactory().post("/farm/book/", headers={"Referer": "https://evil.example/"})
    response = AwayMiddleware(lambda _request: HttpResponse()).process_exception(request, Busy("busy", "Busy it is."))
    assert response is not None and response.status_code == 503
    assert "Busy it is." in response.content.decode() and "evil" not in response.content.decode()


def test_what_is_our_own_fault_is_no_absence():
    away = [
        OperationalError(2006, "Server has gone away"),
        OperationalError("database is locked"),
        InterfaceError(0, ""),
    ]
    ours = [OperationalError("no such table: farm_x"), ValueError("x"), Conflict("x", "x"), None]
    assert [is_away(error) for error in away] == [True] * 3
    assert [is_away(error) for error in ours] == [False] * 4
    assert (
        AwayMiddleware(lambda _request: HttpResponse()).process_exception(RequestFactory().get("/"), ValueError())
        is None
    )
