"""Which requests pass the middleware of pages by, and that their answers are the same for it."""

import json
import logging

import pytest
import structlog
from django.contrib.sessions.models import Session
from django.db import OperationalError
from django.test import Client
from django.urls import reverse
from django_structlog.signals import bind_extra_request_finished_metadata
from rest_framework_simplejwt.tokens import AccessToken

from calendars.addresses import make_address
from config import settings as production
from gitsync.tests.forge_hooks import GITHUB
from gitsync.webhooks import limits, views

pytestmark = pytest.mark.django_db
# Guards that an answer to a program does not need: it has no session, no form, no page and no static file.
ONLY_FOR_PAGES = {
    "kernel.web.short_chain.ShortChainMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "kernel.web.middleware.PageAboveMiddleware",
    "live.fragment_version.FragmentVersionMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.middleware.SignInMiddleware",
    "accounts.middleware.PersonMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "axes.middleware.AxesMiddleware",
}
NOWHERE = r"(?!)"  # a regular expression that matches nothing


@pytest.fixture
def bearer(alice):
    token = AccessToken.for_user(alice)
    token["session"] = alice.session_claim
    return {"Authorization": f"Bearer {token}"}


@pytest.fixture
def chains(settings):
    """`chains(ask)` returns the answers of `ask(client)` through the short chain and through the whole middleware."""

    def answers(ask):
        limits.reset()
        short = ask(Client())
        assert not hasattr(short.wsgi_request, "session")
        settings.SHORT_PATHS = settings.BEARER_PATHS = NOWHERE
        limits.reset()
        full = ask(Client())
        assert hasattr(full.wsgi_request, "session")
        return short, full

    return answers


def test_every_middleware_is_for_programs_too_or_known_to_be_for_pages_only():
    for_programs = [name for name in production.MIDDLEWARE if name not in ONLY_FOR_PAGES]
    assert for_programs == production.PROGRAM_MIDDLEWARE
    assert production.MIDDLEWARE[0] == "kernel.web.short_chain.ShortChainMiddleware"


def shown(answer):
    body = answer.content
    if body and answer.headers["Content-Type"] == "application/json":
        body = {key: value for key, value in json.loads(body).items() if key != "request_id"}
    headers = {name: value for name, value in answer.headers.items() if name not in ("Content-Length", "Retry-After")}
    if "Expires" in headers:  # /livez: the second of the answer
        headers["Expires"] = "now"
    headers["Vary"] = {name for name in headers.get("Vary", "").split(", ") if name != "Cookie"}
    return answer.status_code, headers, body


@pytest.mark.parametrize("language", ["", "fr", "en"])
@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("post", "/_git_hook", GITHUB),
        ("post", "/_git_hook/", {}),
        ("get", "/_git_hook", None),
        ("post", "/hooks/no-such-address/", GITHUB),
        ("get", "/calendars/no-such-address.ics", None),
        ("head", "/calendars/no-such-address.ics", None),
        ("get", "/livez", None),
        ("head", "/livez/", None),
        ("post", "/livez", {}),
    ],
)
def test_the_answer_to_anybody_has_the_same_headers_and_the_same_body(chains, method, path, body, language):
    def ask(client):
        data = None if body is None else json.dumps(body)
        headers = {"Accept-Language": language} if language else {}
        return getattr(client, method)(path, data, content_type="application/json", headers=headers)

    short, full = chains(ask)
    assert shown(short) == shown(full)


def test_the_calendar_of_a_person_has_the_same_headers_and_the_same_body_without_a_session(chains, alice):
    path = reverse("calendar-file", args=[make_address(alice, None, form_key="k")])
    short, full = chains(lambda client: client.get(path))
    assert short.status_code == 200
    assert shown(short) == shown(full)


@pytest.mark.parametrize(
    "path", ["/calendars/", "/calendars/x", "/calendars/x/", "/calendars/x.ics/", "/calendars/x/y.ics"]
)
def test_an_address_near_a_calendar_is_not_found(client, path):
    assert client.get(path).status_code == 404


@pytest.mark.parametrize("language", ["", "fr", "en"])
@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("get", "/api/v1/farm/reservations/", None),
        ("get", "/api/v1/farm/nothing/", None),
        ("get", "/api/v1/courses/", None),
        ("post", "/api/v1/farm/reservations/", {"machine": 5}),
        ("get", "/api/v1/gitsync/requests/99/", None),
        ("get", "/Ressource", None),
        ("get", "/Reservation/7", None),
        ("get", "/Ressource/7/8/9", None),
        ("post", "/Reservation", {}),
        ("post", "/_git_api", {"_C": "GetCommitsForExercise"}),
        ("post", "/_http/messages", {}),
        ("get", "/metrics", None),
    ],
)
def test_the_answer_to_a_bearer_has_the_same_headers_and_the_same_body(chains, bearer, method, path, body, language):
    def ask(client):
        data = None if body is None else json.dumps(body)
        headers = bearer | ({"Accept-Language": language} if language else {})
        return getattr(client, method)(path, data, content_type="application/json", headers=headers)

    short, full = chains(ask)
    assert shown(short) == shown(full)


@pytest.mark.parametrize("token", ["wrong", "a b", "", "é"])
def test_a_wrong_bearer_is_refused_also_with_a_session(client_of, alice, token):
    answer = client_of(alice).get("/api/v1/farm/reservations/", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 401


def test_a_bearer_needs_no_statement_for_a_session(client_of, alice, bearer, queries_of):
    client = client_of(alice)
    queries = queries_of(lambda: client.get("/api/v1/farm/reservations/", headers=bearer))
    assert not [sql for sql in queries if Session._meta.db_table in sql]


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Basic YTpi"}, {"Authorization": "bearer x"}])
def test_whoever_has_a_session_needs_the_csrf_token_as_before(alice, headers):
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(alice, backend="django.contrib.auth.backends.ModelBackend")
    answer = browser.post("/api/v1/farm/reservations/", "{}", content_type="application/json", headers=headers)
    assert answer.status_code in (401, 403)
    assert hasattr(answer.wsgi_request, "session")


@pytest.mark.parametrize(
    "path",
    ["/", "/farm/", "/api/v1/token/", "/api/v1/docs/", "/api/v1/farms", "/_git_hooks", "/hooks/", "/hooks/a/b",
     "/livez/x", "/Ressources", "/admin/", "/events/ticket"],
)  # fmt: skip
def test_all_other_addresses_have_the_middleware_of_pages(client, bearer, path):
    assert hasattr(client.get(path, headers=bearer).wsgi_request, "session")


@pytest.mark.parametrize("path", ["/_git_hook", "/hooks/x", "/livez", "/readyz"])
def test_a_host_of_others_and_a_websocket_are_refused(client, settings, path):
    assert client.get(path, headers={"Upgrade": "websocket"}).status_code == 400
    settings.ALLOWED_HOSTS = ["testserver"]
    assert client.get(path, headers={"host": "evil.example"}).status_code == 400


def test_the_language_of_one_request_does_not_stay_for_the_next(client, settings):
    settings.LANGUAGE_CODE = "fr"
    client.get("/sign-in/", headers={"Accept-Language": "en"})
    answer = client.post("/hooks/x", "{}", content_type="application/json")
    assert answer.headers["Content-Language"] == "fr"


def test_a_refused_hook_is_in_the_log_with_its_caller_and_the_number_of_the_request(client):
    seen = []

    def keep(**_):
        seen.append(dict(structlog.contextvars.get_contextvars()))

    bind_extra_request_finished_metadata.connect(keep)
    try:
        client.post("/hooks/x", "{}", content_type="application/json")
    finally:
        bind_extra_request_finished_metadata.disconnect(keep)
    assert [(line["ip"], bool(line["request_id"])) for line in seen] == [("127.0.0.1", True)]
    assert not structlog.contextvars.get_contextvars()


def test_a_broken_database_is_503_and_a_fault_of_ours_is_500(monkeypatch, caplog):
    def fail(error):
        def receive(*_args, **_options):
            raise error

        return receive

    client = Client(raise_request_exception=False)
    caplog.set_level(logging.CRITICAL)
    for error, status in ((OperationalError(2006, "gone"), 503), (RuntimeError("broken"), 500)):
        monkeypatch.setattr(views, "receive", fail(error))
        answer = client.post("/_git_hook", json.dumps(GITHUB), content_type="application/json")
        assert (answer.status_code, "error" in answer.json()) == (status, True)
