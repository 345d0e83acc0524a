"""`/hooks/<token>/`: the hook address of a course, its limits, and its replacement."""

import base64
import json
import threading

import pytest
from django.db import connection

from accounts.models import AuditEvent
from gitsync.domain import hook_addresses
from gitsync.models import CourseKey, HookAddress, UnknownUrl
from gitsync.tests.forge_hooks import GITHUB, digest, hook_rows, received_deliveries, signed_hook
from gitsync.tests.synced_course import COURSE, register, sync_requests, synced
from gitsync.webhooks import bodies, limits


def test_the_answer_is_the_same_for_a_repository_that_nobody_registered(course_hook):
    register(repo_url="https://github.com/known/known")
    unknown, known = (
        course_hook(GITHUB),
        course_hook({"repository": {"clone_url": "https://github.com/known/known.git"}}),
    )
    assert unknown.status_code == known.status_code == 202
    assert unknown.json().keys() == known.json().keys() == {"request_id"}
    assert dict(unknown.headers).keys() == dict(known.headers).keys()
    assert UnknownUrl.objects.count() == 1


@pytest.mark.parametrize("slash", ["", "/"])
def test_it_accepts_any_content_type_with_and_without_a_slash(course_hook, hook_address, slash):
    assert course_hook(address=f"/hooks/{hook_address.token}{slash}", content_type="text/plain").status_code == 202


def test_a_ping_is_answered_and_changes_nothing(course_hook, hook_address):
    register()
    before = synced()
    data = b'{"zen": "Keep it simple", "hook_id": 1}'
    headers = {"X-GitHub-Event": "ping", "X-Hub-Signature-256": f"sha256={digest(data, hook_address.secret)}"}
    assert course_hook(data, headers).status_code == 202
    assert (sync_requests(), received_deliveries().count()) == (before, 0)


@pytest.mark.parametrize("token", ["x", "x" * 43, "x" * 500, "%00", "é", "a.b", "%F0%9F%99%82" * 12])
def test_an_unknown_address_is_404_and_nothing_is_kept(course_hook, token):
    register()
    before = hook_rows()
    answer = course_hook(*signed_hook("gitlab", "anything"), address=f"/hooks/{token}/")
    assert (answer.status_code, set(answer.json()["error"])) == (404, {"code", "message", "field"})
    assert hook_rows() == before


@pytest.mark.parametrize("body", [GITHUB, b"{", {**GITHUB, "after": "c" * 40}])
def test_an_unknown_address_costs_one_query(course_hook, queries_of, body):
    queries = queries_of(lambda: course_hook(body, {"X-Gitlab-Token": "x"}, address=f"/hooks/{'x' * 43}/"))
    assert [sql.split()[0] for sql in queries] == ["SELECT"]


def test_all_hook_urls_count_for_one_caller(course_hook, monkeypatch):
    monkeypatch.setattr(limits, "PER_CALLER", 3)
    statuses = [
        course_hook(address=address).status_code for address in ("", "/_git_hook", "/hooks/x/", "", "/hooks/x/")
    ]
    assert statuses == [202, 200, 404, 429, 429]
    assert course_hook(REMOTE_ADDR="10.9.9.9").status_code == 202


def test_over_the_limit_of_a_url_no_push_is_lost(course_hook, monkeypatch):
    register()
    monkeypatch.setattr(limits, "PER_URL", 1)
    course_hook()
    before = synced()
    assert course_hook({**GITHUB, "after": "c" * 40}).status_code == 429
    assert (sync_requests(), received_deliveries().count()) == (before + 1, 1)


def test_a_body_that_is_too_large_is_413_and_another_method_405(course_hook, hook_address, api, settings):
    settings.HOOK_BODY_LIMIT = 2_000_000
    assert course_hook({**GITHUB, "more": "x" * 2_000_000}).status_code == 413
    for method in ("get", "put", "patch", "delete"):
        for token in (hook_address.token, "unknown"):
            assert getattr(api, method)(f"/hooks/{token}/").status_code == 405


def test_a_course_has_one_address_and_another_course_another(hook_address):
    again, other = (
        hook_addresses.hook_address_of(COURSE),
        hook_addresses.hook_address_of(hook_addresses.CourseIds("ada", "H2021", "StruDon")),
    )
    assert (again.pk, again.token, again.secret) == (hook_address.pk, hook_address.token, hook_address.secret)
    assert len({hook_address.token, other.token}) == len({hook_address.secret, other.secret}) == 2
    assert (
        hook_addresses.TOKEN.fullmatch(hook_address.token)
        and len(base64.b64decode(hook_address.secret.removeprefix("whsec_"))) == 32
    )


def test_a_new_address_stops_the_old_one_at_once_and_is_audited(course_hook, hook_address, staff):
    hook_addresses.renew_hook_address(COURSE, staff)
    fresh = HookAddress.objects.get()
    assert (
        fresh.token != hook_address.token
        and fresh.secret != hook_address.secret
        and fresh.created_at > hook_address.created_at
    )
    assert course_hook().status_code == 404
    assert course_hook(address=f"/hooks/{fresh.token}/").status_code == 202
    assert course_hook(*signed_hook("gitlab", hook_address.secret), address=f"/hooks/{fresh.token}/").status_code == 403
    event = AuditEvent.objects.get(verb="gitsync.renew_hook_address")
    assert (event.actor, event.after) == (staff, {"course": "mathieu.bergeron/H2021/StruDon"})
    assert not any(
        value in str(vars(event)) for value in (hook_address.token, hook_address.secret, fresh.token, fresh.secret)
    )


def test_it_is_deleted_with_its_course(hook_address):
    CourseKey.objects.all().delete()
    assert hook_addresses.secret_of(hook_address.token) == ""


@pytest.mark.django_db(transaction=True)
def test_eight_concurrent_first_users_get_the_same_address():
    tokens, start = [], threading.Barrier(8)

    def get_address():
        start.wait()
        try:
            tokens.append(hook_addresses.hook_address_of(COURSE).token)
        finally:
            connection.close()

    threads = [threading.Thread(target=get_address) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(tokens) == 8
    assert {HookAddress.objects.get().token} == set(tokens)


def test_a_stranger_cannot_use_up_the_cap_of_another_caller(course_hook, monkeypatch):
    register()
    monkeypatch.setattr(limits, "PER_URL", 2)
    stranger = [course_hook(address="/_git_hook", REMOTE_ADDR="192.0.2.66").status_code for _ in range(5)]
    assert stranger == [200, 200, 429, 429, 429]
    assert course_hook(address="/_git_hook", REMOTE_ADDR="192.0.2.1").status_code == 200


def test_signed_hooks_have_a_cap_of_their_own(course_hook, hook_address, monkeypatch):
    """A stranger floods the repository from the address of the forge itself."""
    register()
    monkeypatch.setattr(limits, "PER_URL", 2)
    monkeypatch.setattr(limits, "PER_CALLER", 5)
    for number in range(20):
        course_hook({**GITHUB, "after": f"{number:040x}"}, address="/_git_hook")
    statuses = []
    for number in range(20):
        data = json.dumps({**GITHUB, "after": f"{number + 100:040x}"}).encode()
        headers = {"X-GitHub-Event": "push", "X-Hub-Signature-256": f"sha256={digest(data, hook_address.secret)}"}
        statuses.append(course_hook(data, headers).status_code)
    assert statuses == [202] * 20
    assert received_deliveries().filter(signed=True).count() == 20
    assert course_hook(GITHUB).status_code == 429  # unsigned, from the same address


def test_signed_hooks_of_one_repository_leave_those_of_another_alone(course_hook, hook_address, monkeypatch):
    monkeypatch.setattr(limits, "SIGNED_PER_URL", 1)

    def signed(name):
        data = json.dumps({"repository": {"clone_url": f"https://github.com/x/{name}"}}).encode()
        headers = {"X-GitHub-Event": "push", "X-Hub-Signature-256": f"sha256={digest(data, hook_address.secret)}"}
        return course_hook(data, headers).status_code

    assert [signed("a"), signed("a"), signed("b")] == [202, 429, 202]


def test_wrong_signatures_and_unknown_tokens_count_for_their_caller(course_hook, monkeypatch):
    monkeypatch.setattr(limits, "PER_CALLER", 2)
    wrong = [course_hook(GITHUB, {"X-Gitlab-Token": "wrong"}).status_code for _ in range(2)]
    unknown = course_hook(GITHUB, address="/hooks/unknown/").status_code
    assert [*wrong, unknown] == [403, 403, 429]


def signed_push(course_hook, secret, **more):
    data = json.dumps(GITHUB).encode()
    headers = {"X-GitHub-Event": "push", "X-Hub-Signature-256": f"sha256={digest(data, secret)}"}
    return course_hook(data, headers, **more).status_code


def test_forged_signatures_are_counted_before_anything_is_read_or_hashed(course_hook, monkeypatch):
    register()
    monkeypatch.setattr(limits, "CLAIMS_PER_CALLER", 3)
    read, hashed = [], []
    received, forms = bodies.received, bodies.HookBody.forms
    monkeypatch.setattr(bodies, "received", lambda request: read.append(1) or received(request))
    monkeypatch.setattr(bodies.HookBody, "forms", lambda body: hashed.append(1) or forms(body))
    statuses = [signed_push(course_hook, "whsec_rubbish") for _ in range(6)]
    assert statuses == [403, 403, 403, 429, 429, 429]
    assert (len(read), len(hashed)) == (3, 3)


@pytest.mark.parametrize("value", ["Bearer x", "Basic", "rubbish"])
def test_a_header_that_signs_nothing_is_counted_before_the_body_is_read(course_hook, monkeypatch, value):
    register()
    monkeypatch.setattr(limits, "CLAIMS_PER_CALLER", 2)
    statuses = [course_hook(GITHUB, {"Authorization": value}).status_code for _ in range(4)]
    assert statuses == [202, 202, 429, 429]


def test_forged_signatures_spend_nothing_of_the_forge_s_own_cap(course_hook, hook_address, monkeypatch):
    register()
    monkeypatch.setattr(limits, "CLAIMS_PER_CALLER", 3)
    monkeypatch.setattr(limits, "SIGNED_PER_URL", 4)
    forged = [signed_push(course_hook, "whsec_rubbish", REMOTE_ADDR="192.0.2.66") for _ in range(20)]
    assert forged == [403] * 3 + [429] * 17
    real = [signed_push(course_hook, hook_address.secret, REMOTE_ADDR="192.0.2.1") for _ in range(5)]
    assert real == [202] * 4 + [429]


def test_forged_signatures_at_one_hook_address_leave_those_of_another_course_alone(course_hook, monkeypatch):
    """Both come through the same forge, so from the same network address."""
    monkeypatch.setattr(limits, "CLAIMS_PER_CALLER", 2)
    other = hook_addresses.hook_address_of(hook_addresses.CourseIds("ada", "H2021", "StruDon"))
    forged = [signed_push(course_hook, "whsec_rubbish") for _ in range(3)]
    assert forged == [403, 403, 429]
    assert signed_push(course_hook, other.secret, address=f"/hooks/{other.token}/") == 202


def test_right_signatures_are_not_counted_as_claims(course_hook, hook_address, monkeypatch):
    register()
    monkeypatch.setattr(limits, "CLAIMS_PER_CALLER", 2)
    assert [signed_push(course_hook, hook_address.secret) for _ in range(8)] == [202] * 8


def test_of_many_forged_signatures_at_once_no_more_than_the_cap_are_judged(monkeypatch):
    monkeypatch.setattr(limits, "CLAIMS_PER_CALLER", 5)
    judged, start = [], threading.Barrier(25)

    def claim():
        start.wait()
        judged.append(limits.count("claim:192.0.2.66:token", limits.CLAIMS_PER_CALLER))

    threads = [threading.Thread(target=claim) for _ in range(25)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sum(judged) == 5
