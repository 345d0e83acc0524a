"""The token API, and what ends a token."""

from datetime import timedelta
from io import StringIO

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.utils import timezone
from rest_framework import status
from rest_framework.permissions import IsAuthenticated
from rest_framework.response import Response
from rest_framework.test import APIRequestFactory
from rest_framework.views import APIView

from accounts import sessions, tokens
from accounts.models import AuditEvent, User

PASSWORD = "atelier-demo"


class Whoami(APIView):
    permission_classes = [IsAuthenticated]

    def get(self, request):
        return Response({"name": request.user.username})


def call(token: str):
    request = APIRequestFactory().get("/", headers={"Authorization": f"Bearer {token}"})
    return Whoami.as_view()(request)


def obtain(api, password=PASSWORD, path="/api/v1/token/"):
    return api.post(path, {"username": "alice", "password": password})


@pytest.mark.parametrize("slash", ["", "/"])
def test_a_pair_is_obtained_refreshed_and_signed_out_with_and_without_final_slash(api, alice, slash):
    pair = obtain(api, path=f"/api/v1/token{slash}").json()
    assert call(pair["access"]).data == {"name": "alice"}
    assert api.post(f"/api/v1/token/verify{slash}", {"token": pair["access"]}).status_code == 200
    renewed = api.post(f"/api/v1/token/refresh{slash}", {"refresh": pair["refresh"]})
    assert renewed.status_code == 200
    used_again = api.post(f"/api/v1/token/refresh{slash}", {"refresh": pair["refresh"]})
    assert used_again.status_code == 401
    assert api.post(f"/api/v1/token/sign-out{slash}", {"refresh": renewed.json()["refresh"]}).status_code == 200
    assert api.post(f"/api/v1/token/refresh{slash}", {"refresh": renewed.json()["refresh"]}).status_code == 401


def test_an_access_token_expires(api, alice):
    pair = obtain(api).json()
    with time_machine.travel(timezone.now() + timedelta(minutes=16)):
        assert call(pair["access"]).status_code == 401


def test_a_wrong_password_gets_an_error_object(api, alice):
    answer = obtain(api, "wrong")
    assert answer.status_code == 401
    assert set(answer.json()["error"]) >= {"code", "message", "field"}


@pytest.mark.database
def test_the_api_locks_out_too_and_shares_the_count_with_the_form(api, client, alice):
    for _ in range(4):
        assert obtain(api, "wrong").status_code == 401
    answer = obtain(api, "wrong")
    assert answer.status_code == 429
    assert answer.json()["error"]["code"] == "locked_out"
    assert 590 < int(answer.headers["Retry-After"]) <= 600
    assert obtain(api).status_code == 429
    assert client.post("/sign-in/", {"username": "alice", "password": PASSWORD}).status_code == 429
    assert AuditEvent.objects.filter(verb="accounts.lock_out").count() == 1


def test_a_right_password_in_the_api_resets_the_count(api, alice):
    for _ in range(4):
        obtain(api, "wrong")
    assert obtain(api).status_code == 200
    for _ in range(4):
        assert obtain(api, "wrong").status_code == 401


def change_password(user):
    user.set_password("a new and long one")
    user.save()


def deactivate(user):
    user.is_active = False
    user.save()


@pytest.mark.parametrize("end", [sessions.sign_out_everywhere, change_password, deactivate, User.delete])
def test_everything_that_ends_sessions_ends_tokens_too(api, alice, end):
    pair = obtain(api).json()
    assert call(pair["access"]).status_code == 200
    end(alice)
    assert call(pair["access"]).status_code == 401
    assert api.post("/api/v1/token/refresh/", {"refresh": pair["refresh"]}).status_code == 401
    assert api.post("/api/v1/token/verify/", {"token": pair["access"]}).status_code == 401


def test_signing_out_everywhere_does_not_affect_other_people(api, alice, bob):
    pair = obtain(api).json()
    sessions.sign_out_everywhere(bob)
    assert call(pair["access"]).status_code == 200


def test_a_signed_token_without_the_session_claim_is_refused(alice):
    from rest_framework_simplejwt.tokens import AccessToken

    assert call(str(AccessToken.for_user(alice))).status_code == 401


def service_token(*args) -> str:
    out = StringIO()
    call_command("service_token", *args, stdout=out)
    return out.getvalue()


def test_service_token_prints_only_the_token_and_creates_the_account(db):
    printed = service_token("dashboard")
    assert printed.count("\n") == 1
    assert call(printed.strip()).data == {"name": "dashboard"}
    account = User.objects.get(username="dashboard")
    assert account.is_service
    assert not account.has_usable_password()
    assert AuditEvent.objects.get(verb="accounts.service_token").after == {"name": "dashboard", "days": 365}


def test_a_service_token_is_valid_for_the_given_days(db):
    token = service_token("dashboard", "--days", "30").strip()
    with time_machine.travel(timezone.now() + timedelta(days=29)):
        assert call(token).status_code == status.HTTP_200_OK
    with time_machine.travel(timezone.now() + timedelta(days=31)):
        assert call(token).status_code == status.HTTP_401_UNAUTHORIZED


def test_several_service_tokens_are_valid_and_end_with_the_account(db):
    first, second = service_token("dashboard").strip(), service_token("dashboard").strip()
    assert call(first).status_code == call(second).status_code == 200
    User.objects.filter(username="dashboard").update(is_active=False)
    assert call(first).status_code == call(second).status_code == 401
    with pytest.raises(CommandError, match="deactivated"):
        service_token("dashboard")


def test_a_program_gets_no_tokens_with_a_password(api, program):
    program.set_password(PASSWORD)
    program.save()
    refused = api.post("/api/v1/token/", {"username": "program", "password": PASSWORD})
    assert (refused.status_code, refused.json()["error"]["code"]) == (401, "no_active_account")
    refresh = str(tokens.issue(program))
    assert api.post("/api/v1/token/refresh/", {"refresh": refresh}).status_code == 401


@pytest.mark.parametrize(
    ("name", "days", "reason"), [("alice", "1", "a person"), ("a b", "1", "Letters"), ("x", "0", "days")]
)
def test_service_token_refuses_wrong_arguments_with_a_sentence(alice, name, days, reason):
    with pytest.raises(CommandError, match=reason):
        service_token(name, "--days", days)


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en", "This token is not valid or has expired: sign in again."),
        ("fr", "Ce jeton n’est pas valable, ou ne l’est plus\u00a0: reconnectez-vous."),
    ],
)
def test_an_invalid_token_is_refused_with_a_sentence_in_the_caller_s_language(api, language, sentence):
    answer = api.post(
        "/api/v1/token/refresh/", {"refresh": "not-a-token"}, headers={"Accept-Language": language}
    ).json()["error"]
    assert (answer["code"], answer["message"]) == ("token_not_valid", sentence)
