"""Random requests to `/_git_api`, `/_git_hook` and `/hooks/<token>/`, by anybody.

The answer is a status of docs/wire.md, and a refusal changes no row.
"""

import hmac
import json

import pytest
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase
from rest_framework.test import APIClient

from gitsync.domain import hook_addresses
from gitsync.models import (
    CourseKey,
    Delivery,
    HookAddress,
    LocalCopy,
    OutboxEvent,
    Registration,
    Repository,
    Request,
    StudentKey,
    UnknownUrl,
    WatchedExercise,
)
from gitsync.tests.golden import golden
from gitsync.tests.synced_course import COURSE, URL
from gitsync.webhooks import limits
from gitsync.wire.handlers import HANDLERS
from kernel.testing import fuzz, malformed
from kernel.testing.people import make_person

pytestmark = pytest.mark.django_db
EXAMPLES = 250  # of each kind; the proof of fuzzing runs many more
ROWS = (
    Repository, LocalCopy, CourseKey, Delivery, HookAddress, OutboxEvent, Registration, Request, StudentKey, UnknownUrl,
    WatchedExercise,
)  # fmt: skip
FIELDS = sorted({key for name in HANDLERS for key in golden(name)} | {"newRepoPath", "oldRepoPath"})
ADDRESSES = st.sampled_from(["", "/"])


def check(answer, method, before, allowed):
    """Check the status; a refusal has the shape of an error and changes no row. Return the status."""
    status = answer.status_code
    if method not in ("POST", "OPTIONS"):
        allowed = {405, 401, 403, 429}
    assert status in allowed, (status, answer.content)
    if status not in (200, 202):
        assert fuzz.stored_rows(ROWS) == before
    if status not in (200, 202) and method != "HEAD":
        assert set(answer.json()["error"]) >= {"code", "message", "field"}
    return status


def bodies_of_messages():
    changed = st.tuples(
        st.sampled_from(sorted(HANDLERS)), st.dictionaries(st.sampled_from(FIELDS), malformed.values, max_size=3)
    ).map(lambda pair: {**golden(pair[0]), **pair[1]})
    incomplete = st.tuples(st.sampled_from(sorted(HANDLERS)), st.sampled_from(FIELDS)).map(
        lambda pair: {key: value for key, value in golden(pair[0]).items() if key != pair[1]}
    )
    names = st.sampled_from(["RegisterNothing", "__class__", "registerexercise"]) | malformed.values
    unknown = st.builds(lambda name, body: {**body, "_C": name}, names, st.just(golden("RegisterExercise")))
    return st.one_of(changed, changed, incomplete, unknown, malformed.objects)


def test_every_message_is_answered_or_refused(api_of, api):
    people = {
        "program": make_person("machine", kind="service"),
        "staff": make_person("staff", kind="teacher", is_staff=True),
        "teacher": make_person("nicolas.leduc", kind="teacher"),
        "student": make_person("bob.berancourt"),
    }
    clients = {name: api_of(person) for name, person in people.items()} | {"nobody": api}

    @given(
        st.sampled_from(["program", "program", *sorted(clients)]),
        malformed.methods,
        ADDRESSES,
        bodies_of_messages().map(json.dumps).map(str.encode) | malformed.bodies,
        malformed.content_types,
    )
    @fuzz.example_settings(EXAMPLES)
    def send(caller, method, slash, body, kind):
        with transaction.atomic():
            before = fuzz.stored_rows(ROWS)
            clients[caller].raise_request_exception = False
            answer = clients[caller].generic(method, f"/_git_api{slash}", body, content_type=kind)
            allowed = {401} if caller == "nobody" else {200, 400, 403, 413, 501}
            seen.append(check(answer, method, before, allowed))
            transaction.set_rollback(True)

    with fuzz.count_statuses("/_git_api") as seen:
        send()
    assert len(seen) >= EXAMPLES
    assert set(seen) >= {200, 400, 401, 403, 405, 501}  # accepted, and refused in every way


PUSH = {"ref": "refs/heads/main", "after": "a" * 40, "repository": {"clone_url": URL}}
HEADERS = st.dictionaries(
    st.sampled_from(["X-GitHub-Event", "X-GitHub-Delivery", "X-Gitlab-Event", "X-Gitea-Event", "X-Event-Key"]),
    st.sampled_from(["push", "ping", "Push Hook", "repo:push", "x" * 500, "é", ""]),
    max_size=2,
)
HOOKS = st.one_of(
    st.dictionaries(
        st.sampled_from(["ref", "before", "after", "repository", "project"]), malformed.values, max_size=2
    ).map(lambda changes: {**PUSH, **changes}),
    st.dictionaries(
        st.sampled_from(["clone_url", "git_http_url", "html_url", "links"]), malformed.values, max_size=3
    ).map(lambda repository: {**PUSH, "repository": repository}),
    st.sampled_from(
        ["file:///etc/passwd", "http://127.0.0.1/x", "ext::sh", "--upload-pack=x", "https://[::1", "https://a b/c", URL]
    ).map(lambda url: {**PUSH, "repository": {"clone_url": url}}),
    malformed.objects,
)


def test_every_hook_is_answered_or_refused(api):
    @given(
        malformed.methods,
        ADDRESSES,
        HOOKS.map(json.dumps).map(str.encode) | malformed.bodies,
        malformed.content_types,
        HEADERS,
    )
    @fuzz.example_settings(EXAMPLES)
    def send(method, slash, body, kind, headers):
        limits.reset()
        with transaction.atomic():
            before = fuzz.stored_rows(ROWS)
            api.raise_request_exception = False
            answer = api.generic(method, f"/_git_hook{slash}", body, content_type=kind, headers=headers)
            seen.append(check(answer, method, before, {200, 400, 413}))
            assert not Registration.objects.exists() and not LocalCopy.objects.exists()
            transaction.set_rollback(True)

    with fuzz.count_statuses("/_git_hook") as seen:
        send()
    assert len(seen) >= EXAMPLES
    assert set(seen) >= {200, 400, 405}


SIGNATURE_HEADERS = st.dictionaries(
    st.sampled_from(
        ["X-Hub-Signature-256", "X-Hub-Signature", "X-Gitea-Signature", "X-Forgejo-Signature", "X-Gitlab-Token",
         "Authorization", "webhook-signature", "webhook-id", "Content-Type"]
    ),
    st.sampled_from(["", "=", "sha256=", "sha1=00", "sha3=00", "Basic", "Basic Og==", "Basic !", "v1,", "v1,x", "é"])
    | st.text(st.characters(min_codepoint=32, max_codepoint=255), max_size=20),
    max_size=2,
)  # fmt: skip
TOKENS = st.sampled_from(["a course", "a course", "a course", "x" * 43, "x", "%00", "%ff", "é", "a%20b", "x" * 300])


def test_every_hook_at_a_hook_address_is_answered_or_refused(api):
    hook_address = hook_addresses.hook_address_of(COURSE)

    @given(
        malformed.methods,
        TOKENS,
        ADDRESSES,
        HOOKS.map(json.dumps).map(str.encode) | malformed.bodies,
        malformed.content_types,
        HEADERS,
        SIGNATURE_HEADERS | st.none(),
    )
    @fuzz.example_settings(EXAMPLES)
    def send(method, token, slash, body, kind, headers, signature):
        limits.reset()
        if signature is None:
            signature = {
                "X-Hub-Signature-256": f"sha256={hmac.new(hook_address.secret.encode(), body, 'sha256').hexdigest()}"
            }
        url = f"/hooks/{hook_address.token if token == 'a course' else token}{slash}"
        with transaction.atomic():
            before = fuzz.stored_rows(ROWS)
            api.raise_request_exception = False
            answer = api.generic(method, url, body, content_type=kind, headers=headers | signature)
            allowed = {202, 400, 403, 413} if token == "a course" else {404, 413}
            seen.append(check(answer, method, before, {200} if method == "OPTIONS" else allowed))
            assert not Registration.objects.exists() and not LocalCopy.objects.exists()
            transaction.set_rollback(True)

    with fuzz.count_statuses("/hooks/<token>/") as seen:
        send()
    assert len(seen) >= EXAMPLES
    assert set(seen) >= {202, 400, 403, 404, 405}


@pytest.mark.parametrize(("address", "status"), [("/_git_api", 413), ("/_git_hook", 413), ("/hooks/x/", 404)])
def test_a_body_that_is_too_large_is_refused_whole(api_of, program, settings, address, status):
    settings.HOOK_BODY_LIMIT = settings.WIRE_BODY_LIMIT
    body = b'{"_C": "RegisterExercise", "x": "' + b"y" * settings.WIRE_BODY_LIMIT + b'"}'
    before = fuzz.stored_rows(ROWS)
    answer = api_of(program).generic("POST", address, body, content_type="application/json")
    assert answer.status_code == status
    assert fuzz.stored_rows(ROWS) == before


odd_values = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=20),
    st.sampled_from(["/", "/tp1", "*", "..", "a/b", URL, "1615215942", "-1", "True", "\0", "\ud800", "é" * 300]),
    st.lists(st.integers(), max_size=2),
    st.dictionaries(st.text(max_size=3), st.integers(), max_size=2),
)


class RandomMessages(TestCase):
    def setup_example(self):
        super().setup_example()
        self.client = APIClient(raise_request_exception=False)
        self.client.force_authenticate(make_person("fuzz", kind="service"))

    @given(st.sampled_from(sorted(HANDLERS)), st.dictionaries(st.sampled_from(FIELDS), odd_values, max_size=3))
    @settings(max_examples=300, deadline=None)
    def test_a_golden_message_with_odd_values_is_answered_or_refused(self, name, changes):
        body = {**golden(name), **changes, "_C": name}
        answer = self.client.post("/_git_api", json.dumps(body), content_type="application/json")
        assert answer.status_code in (200, 400), (answer.status_code, body)
        if answer.status_code == 400:
            assert set(answer.json()["error"]) == {"code", "message", "field"}

    @given(
        st.one_of(st.binary(max_size=50), st.dictionaries(st.text(max_size=8), odd_values, max_size=4).map(json.dumps))
    )
    @settings(max_examples=200, deadline=None)
    def test_any_body_is_refused(self, body):
        answer = self.client.post("/_git_api", body, content_type="application/json")
        assert answer.status_code in (400, 501), (answer.status_code, body)
