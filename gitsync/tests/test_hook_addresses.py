"""`/hooks/<token>/`: the address of a course, its secret, and what a signature of each forge is worth there."""

import base64
import hmac
import json
import threading
from urllib.parse import urlencode

import pytest
from django.db import connection

from accounts.models import AuditEvent
from gitsync.domain import hook_addresses
from gitsync.models import CourseKey, Delivery, HookAddress, LocalCopy, OutboxEvent, Request, UnknownUrl
from gitsync.models.hook_addresses import new_secret
from gitsync.tests.synced_course import COURSE, register
from gitsync.tests.test_webhooks import AFTER, AZURE, BITBUCKET, FORGES, GITHUB, GITLAB
from gitsync.webhooks import limits

FORM = "application/x-www-form-urlencoded"


@pytest.fixture(autouse=True)
def fresh_caps():
    limits.forget()


@pytest.fixture
def hook_address(db):
    return hook_addresses.hook_address_of(COURSE)


@pytest.fixture
def hook(hook_address, api):
    def post(body=GITHUB, headers=None, address="", content_type="application/json", **more):
        data = body if isinstance(body, str | bytes) else json.dumps(body)
        where = address or f"/hooks/{hook_address.token}/"
        return api.post(where, data, content_type=content_type, headers=headers or {}, **more)

    return post


def digest(raw, secret, algorithm="sha256"):
    return hmac.new(secret.encode(), raw, algorithm).hexdigest()


def signed_by_gitlab(raw, secret):
    key = base64.b64decode(secret.removeprefix("whsec_"))
    mac = base64.b64encode(hmac.new(key, b"d-1.1615215942." + raw, "sha256").digest()).decode()
    return {"webhook-id": "d-1", "webhook-timestamp": "1615215942", "webhook-signature": f"v1,{mac}"}


def by_password(password):
    return {"Authorization": f"Basic {base64.b64encode(f'azure:{password}'.encode()).decode()}"}


# What a forge adds to a hook when it was given the secret: its name, the body and headers of FORGES, the proof.
PROOFS = {
    "github": (GITHUB, "github", lambda raw, secret: {"X-Hub-Signature-256": f"sha256={digest(raw, secret)}"}),
    "github, with the old one": (
        GITHUB,
        "github",
        lambda raw, secret: {
            "X-Hub-Signature": f"sha1={digest(raw, secret, 'sha1')}",
            "X-Hub-Signature-256": f"sha256={digest(raw, secret)}",
        },
    ),
    "gitea": (GITHUB, "gitea", lambda raw, secret: {"X-Gitea-Signature": digest(raw, secret)}),
    "gitea, as it sends all": (
        GITHUB,
        "gitea",
        lambda raw, secret: {
            "X-Gitea-Signature": digest(raw, secret),
            "X-Hub-Signature": f"sha1={digest(raw, secret, 'sha1')}",
            "X-Hub-Signature-256": f"sha256={digest(raw, secret)}",
        },
    ),
    "forgejo": (
        GITHUB,
        "forgejo",
        lambda raw, secret: {"X-Forgejo-Signature": digest(raw, secret), "X-Gitea-Signature": digest(raw, secret)},
    ),
    "bitbucket": (BITBUCKET, "bitbucket", lambda raw, secret: {"X-Hub-Signature": f"sha256={digest(raw, secret)}"}),
    "gitlab": (GITLAB, "gitlab", lambda raw, secret: {"X-Gitlab-Token": secret}),
    "gitlab, signing": (GITLAB, "gitlab", signed_by_gitlab),
    "azure": (AZURE, "azure", lambda raw, secret: by_password(secret)),
}


def sent_by(name, secret, raw=None):
    body, forge, proof = PROOFS[name]
    data = json.dumps(body).encode()
    return data, FORGES[forge][1] | proof(data if raw is None else raw, secret)


def kept():
    """Every row that a hook may leave, and the wishes of the one repository."""
    models = (Delivery, Request, OutboxEvent, UnknownUrl)
    return [model.objects.count() for model in models], list(
        LocalCopy.objects.values_list("sync_request_count", flat=True)
    )


@pytest.mark.parametrize("name", PROOFS)
def test_a_right_signature_marks_the_delivery(hook, hook_address, name):
    register()
    answer = hook(*sent_by(name, hook_address.secret))
    assert (answer.status_code, list(answer.json())) == (202, ["request_id"])
    assert [(row.after, row.signed) for row in Delivery.objects.all()] == [(AFTER, True)]


@pytest.mark.parametrize("name", PROOFS)
def test_a_wrong_signature_is_refused_and_nothing_is_kept(hook, name):
    register()
    before = kept()
    answer = hook(*sent_by(name, new_secret()))
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "bad_signature")
    assert kept() == before


@pytest.mark.parametrize("name", [name for name in PROOFS if name not in ("gitlab", "azure")])
def test_a_signature_of_other_bytes_is_wrong(hook, hook_address, name):
    assert hook(*sent_by(name, hook_address.secret, raw=b"{}")).status_code == 403


@pytest.mark.parametrize("forge", FORGES)
def test_without_a_signature_it_is_a_hint_as_at_the_other_address(hook, forge):
    register()
    before = LocalCopy.objects.get().sync_request_count
    assert hook(*FORGES[forge]).status_code == 202
    assert (Delivery.objects.get().signed, LocalCopy.objects.get().sync_request_count) == (False, before + 1)


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Gitea-Signature": "", "X-Hub-Signature": "sha1=", "X-Hub-Signature-256": "sha256="},
        {"X-Gitlab-Token": ""},
        {"Authorization": "Bearer something"},
        by_password(""),
    ],
)
def test_an_empty_signature_is_none(hook, headers):
    register()
    assert hook(GITHUB, headers).status_code == 202
    assert not Delivery.objects.get().signed


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Hub-Signature-256": "sha256=é"},
        {"X-Hub-Signature-256": "md5=0123"},
        {"X-Hub-Signature": "==0123"},
        {"X-Gitlab-Token": "é"},
        {"webhook-signature": "v1, , é"},
        {"Authorization": "Basic é"},
        {"Authorization": "Basic x"},
    ],
)
def test_a_signature_out_of_shape_is_wrong(hook, headers):
    headers = {name: value.encode().decode("latin-1") for name, value in headers.items()}
    assert hook(GITHUB, headers).status_code == 403


def test_one_wrong_signature_beside_a_right_one_is_wrong(hook, hook_address):
    data, headers = sent_by("gitea", hook_address.secret)
    assert hook(data, headers | {"X-Hub-Signature-256": "sha256=" + "0" * 64}).status_code == 403


def test_a_signature_is_judged_before_the_body_is_read(hook):
    assert hook(b"{", {"X-Hub-Signature-256": "sha256=00"}).status_code == 403
    assert hook(b"{").status_code == 400


@pytest.mark.parametrize("what", ["the form", "the JSON in it"])
def test_a_form_is_signed_as_github_or_as_gitea_does(hook, hook_address, what):
    register()
    payload = json.dumps(GITHUB)
    form = urlencode({"payload": payload})
    proof = digest((form if what == "the form" else payload).encode(), hook_address.secret)
    answer = hook(form, {"X-GitHub-Event": "push", "X-Hub-Signature-256": f"sha256={proof}"}, content_type=FORM)
    assert (answer.status_code, Delivery.objects.get().signed) == (202, True)


def test_a_signed_redelivery_vouches_for_the_first_and_keeps_its_time(hook, hook_address, time_machine):
    register()
    time_machine.move_to(1000, tick=False)
    hook(*FORGES["github"], address="/_git_hook")
    time_machine.move_to(2000, tick=False)
    hook(*sent_by("github", hook_address.secret))
    assert [(row.received_at, row.signed) for row in Delivery.objects.all()] == [(1000, True)]
    time_machine.move_to(3000, tick=False)
    hook(*FORGES["github"])
    assert [(row.received_at, row.signed) for row in Delivery.objects.all()] == [(1000, True)]


def test_a_signed_hook_does_not_vouch_for_another_commit(hook, hook_address):
    register()
    hook({**GITHUB, "after": "c" * 40}, FORGES["github"][1])  # somebody guessed the delivery's id
    hook(*sent_by("github", hook_address.secret))
    assert [(row.after, row.signed) for row in Delivery.objects.all()] == [("c" * 40, False)]


def test_the_answer_is_the_same_for_a_repository_that_nobody_registered(hook):
    register(repo_url="https://github.com/known/known")
    unknown, known = hook(GITHUB), hook({"repository": {"clone_url": "https://github.com/known/known.git"}})
    assert unknown.status_code == known.status_code == 202
    assert unknown.json().keys() == known.json().keys() == {"request_id"}
    assert dict(unknown.headers).keys() == dict(known.headers).keys()
    assert UnknownUrl.objects.count() == 1


@pytest.mark.parametrize("slash", ["", "/"])
def test_it_is_open_with_and_without_a_slash_whatever_the_content_type(hook, hook_address, slash):
    assert hook(address=f"/hooks/{hook_address.token}{slash}", content_type="text/plain").status_code == 202


def test_a_ping_is_answered_and_leads_to_nothing(hook, hook_address):
    register()
    before = LocalCopy.objects.get().sync_request_count
    data = b'{"zen": "Keep it simple", "hook_id": 1}'
    proof = {"X-GitHub-Event": "ping", "X-Hub-Signature-256": f"sha256={digest(data, hook_address.secret)}"}
    assert hook(data, proof).status_code == 202
    assert (LocalCopy.objects.get().sync_request_count, Delivery.objects.count()) == (before, 0)


@pytest.mark.parametrize("token", ["x", "x" * 43, "x" * 500, "%00", "é", "a.b", "%F0%9F%99%82" * 12])
def test_an_unknown_address_is_404_and_nothing_is_kept(hook, token):
    register()
    before = kept()
    answer = hook(*sent_by("gitlab", "anything"), address=f"/hooks/{token}/")
    assert (answer.status_code, set(answer.json()["error"])) == (404, {"code", "message", "field"})
    assert kept() == before


@pytest.mark.parametrize("body", [GITHUB, b"{", {**GITHUB, "after": "c" * 40}])
def test_an_unknown_address_costs_one_look(hook, queries_of, body):
    asked = queries_of(lambda: hook(body, {"X-Gitlab-Token": "x"}, address=f"/hooks/{'x' * 43}/"))
    assert [sql.split()[0] for sql in asked] == ["SELECT"]


def test_both_addresses_and_unknown_ones_count_for_one_caller(hook, monkeypatch):
    monkeypatch.setattr(limits, "PER_CALLER", 3)
    said = [hook(address=address).status_code for address in ("", "/_git_hook", "/hooks/x/", "", "/hooks/x/")]
    assert said == [202, 200, 404, 429, 429]
    assert hook(REMOTE_ADDR="10.9.9.9").status_code == 202


def test_over_the_cap_of_a_url_no_push_is_dropped(hook, monkeypatch):
    register()
    monkeypatch.setattr(limits, "PER_URL", 1)
    hook()
    before = LocalCopy.objects.get().sync_request_count
    assert hook({**GITHUB, "after": "c" * 40}).status_code == 429
    assert (LocalCopy.objects.get().sync_request_count, Delivery.objects.count()) == (before + 1, 1)


def test_a_body_that_is_too_large_is_413_and_another_method_405(hook, hook_address, api, settings):
    assert hook({**GITHUB, "more": "x" * settings.WIRE_BODY_LIMIT}).status_code == 413
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


def test_a_new_address_stops_the_old_one_at_once_and_is_audited(hook, hook_address, staff):
    hook_addresses.renew_hook_address(COURSE, staff)
    fresh = HookAddress.objects.get()
    assert (
        fresh.token != hook_address.token
        and fresh.secret != hook_address.secret
        and fresh.created_at > hook_address.created_at
    )
    assert hook().status_code == 404
    assert hook(address=f"/hooks/{fresh.token}/").status_code == 202
    assert hook(*sent_by("gitlab", hook_address.secret), address=f"/hooks/{fresh.token}/").status_code == 403
    event = AuditEvent.objects.get(verb="gitsync.renew_hook_address")
    assert (event.actor, event.after) == (staff, {"course": "mathieu.bergeron/H2021/StruDon"})
    assert not any(
        one in str(vars(event)) for one in (hook_address.token, hook_address.secret, fresh.token, fresh.secret)
    )


def test_it_goes_with_its_course(hook_address):
    CourseKey.objects.all().delete()
    assert hook_addresses.secret_behind(hook_address.token) == ""


@pytest.mark.django_db(transaction=True)
def test_eight_who_need_it_first_get_the_same():
    found, start = [], threading.Barrier(8)

    def need():
        start.wait()
        try:
            found.append(hook_addresses.hook_address_of(COURSE).token)
        finally:
            connection.close()

    threads = [threading.Thread(target=need) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(found) == 8
    assert {HookAddress.objects.get().token} == set(found)
