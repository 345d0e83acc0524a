"""The error pages."""

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client, RequestFactory

from accounts.views import errors


@pytest.fixture
def request_(alice):
    request = RequestFactory().get("/somewhere", headers={"Accept-Language": "en"})
    request.user = alice
    request.COOKIES["theme"] = "dark"
    return request


def test_an_unknown_address_is_404_with_and_without_a_session(client, client_of, alice):
    for browser in (client, client_of(alice)):
        answer = browser.get("/nothing/here", headers={"Accept-Language": "en"})
        assert answer.status_code == 404
        assert "No such page" in answer.content.decode()


@pytest.mark.parametrize("path", ["/api/v1/nothing", "/api/v1/courses/x/", "/Ressource/1/2", "/_git_api/x"])
def test_an_unknown_address_of_an_api_is_404_as_an_error_object(client, path):
    answer = client.get(path, headers={"Accept-Language": "fr"})
    assert (answer.status_code, answer.headers["Content-Type"]) == (404, "application/json")
    assert answer.json() == {"error": {"code": "not_found", "message": "Non trouvé.", "field": ""}}


@pytest.mark.parametrize("path", ["/api/v1/farm/resources", "/Ressource", "/sign-in/"])
def test_a_request_that_django_refuses_is_400_as_page_or_error_object(client, path):
    answer = client.get(path, headers={"Host": "no host", "Accept-Language": "en"})
    assert answer.status_code == 400
    if path == "/sign-in/":
        assert "Request not understood" in answer.content.decode()
    else:
        assert answer.json()["error"] == {"code": "parse_error", "message": "Malformed request.", "field": ""}


def test_a_page_without_permission_is_403(client_of, alice):
    answer = client_of(alice).get("/admin/login/", headers={"Accept-Language": "en"})
    assert answer.status_code == 403
    assert "You may not open this page" in answer.content.decode()


def test_the_403_page_shows_the_person_s_name_and_theme(request_):
    answer = errors.forbidden(request_, PermissionDenied())
    page = answer.content.decode()
    assert answer.status_code == 403
    assert "Alice Martin" in page
    assert 'data-bs-theme="dark"' in page


def test_the_500_page_makes_no_query(request_, django_assert_num_queries):
    del request_.user
    with django_assert_num_queries(0):
        answer = errors.server_error(request_)
    assert answer.status_code == 500
    assert 'data-bs-theme="dark"' in answer.content.decode()


def test_an_exception_in_a_view_gives_the_500_page(client_of, alice, monkeypatch):
    def broken(user):
        raise RuntimeError("broken")

    monkeypatch.setattr("accounts.views.home.recent_activity.recent_entries", broken)
    client = client_of(alice)
    client.raise_request_exception = False
    answer = client.get("/")
    assert answer.status_code == 500
    assert "RuntimeError" not in answer.content.decode()
    assert "Atelier" in answer.content.decode()


@pytest.mark.parametrize("path", ["/api/v1/courses/", "/api/v1/nothing/", "/Ressource", "/_git_api", "/hooks/abc/"])
def test_an_exception_before_an_api_view_is_500_with_the_error_object(client, monkeypatch, path):
    def broken(*_):
        raise RuntimeError("broken inside")

    monkeypatch.setattr("kernel.web.middleware.NoUpgradeMiddleware.process_request", broken)
    client.raise_request_exception = False
    answer = client.get(path, headers={"Accept-Language": "en", "Accept": "text/html"})
    assert (answer.status_code, answer.headers["Content-Type"]) == (500, "application/json")
    assert answer.json()["error"]["code"] == "error"
    assert "broken inside" not in answer.content.decode()


def test_an_exception_in_an_api_view_is_500_with_the_error_object(client_of, alice, monkeypatch):
    def broken(*_):
        raise RuntimeError("broken inside")

    monkeypatch.setattr("courses.api.courses.CourseList.get", broken)
    client = client_of(alice)
    client.raise_request_exception = False
    answer = client.get("/api/v1/courses/")
    assert (answer.status_code, answer.headers["Content-Type"]) == (500, "application/json")
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_refusal_outside_the_views_is_an_error_object_for_programs():
    request = RequestFactory().post("/api/v1/courses/")
    for answer in (errors.forbidden(request), errors.csrf_failure(request)):
        assert (answer.status_code, answer.headers["Content-Type"]) == (403, "application/json")


def test_a_form_without_its_csrf_token_says_what_to_do(db):
    answer = Client(enforce_csrf_checks=True).post("/sign-in/", {}, headers={"Accept-Language": "en"})
    assert answer.status_code == 403
    assert "This form was too old" in answer.content.decode()


@pytest.mark.parametrize("path", ["/sign-in/", "/nothing"])
def test_pages_have_no_inline_script_or_style_and_the_policy_forbids_them(client, db, path):
    answer = client.get(path)
    page = answer.content.decode()
    assert " style=" not in page
    assert "<style" not in page
    assert " onclick=" not in page
    assert all("src=" in tag for tag in page.split("<script")[1:])
    policy = answer.headers["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy
