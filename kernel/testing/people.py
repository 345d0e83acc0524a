"""The people in the tests, and the clients that send their requests.

alice owns objects, bob is in her group, charlie is in no group with them. Then there are a teacher, a staff member and
a program (a service account). All people sign in with PASSWORD and read English, so tests may search pages for the
English texts.
"""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from rest_framework.test import APIClient
from rest_framework_simplejwt.tokens import AccessToken

PASSWORD = "atelier-demo"


def make_person(username: str, kind: str = "student", **values: Any) -> Any:
    """Create a person with PASSWORD in the database. `values` are further fields of the User."""
    values = {"first_name": username.capitalize(), "last_name": "Martin", "language": "en", **values}
    return get_user_model().objects.create_user(username, f"{username}@school.example", PASSWORD, kind=kind, **values)


@pytest.fixture
def person(db: None) -> Callable[..., Any]:
    """`person("dora", kind="teacher")` creates another person."""
    return make_person


@pytest.fixture
def alice(db: None) -> Any:
    return make_person("alice")


@pytest.fixture
def bob(db: None) -> Any:
    return make_person("bob")


@pytest.fixture
def charlie(db: None) -> Any:
    return make_person("charlie")


@pytest.fixture
def teacher(db: None) -> Any:
    return make_person("teacher", kind="teacher")


@pytest.fixture
def staff(db: None) -> Any:
    return make_person("staff", kind="teacher", is_staff=True, is_superuser=True)


@pytest.fixture
def program(db: None) -> Any:
    """A service account. It has no password and uses a bearer token (`api_of(program)`)."""
    account = make_person("program", kind="service", first_name="", last_name="")
    account.set_unusable_password()
    account.save(update_fields=["password"])
    return account


@pytest.fixture
def client_of() -> Callable[[Any], Client]:
    """`client_of(alice).get(url)`: the browser of a signed-in person, without CSRF checks."""

    def sign_in(user: Any) -> Client:
        client = Client()
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        return client

    return sign_in


@pytest.fixture
def api() -> APIClient:
    """A client that sends JSON and is not signed in."""
    return APIClient()


@pytest.fixture
def api_of() -> Callable[[Any], APIClient]:
    """`api_of(program).post(url, {...})`: a client that sends JSON and the bearer token of this account."""

    def with_bearer(user: Any) -> APIClient:
        client = APIClient()
        token = AccessToken.for_user(user)
        token["session"] = user.session_claim
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {token}")
        return client

    return with_bearer
