"""`/_git_hook`: hooks of every forge, unknown URLs, rate limits, and answers that reveal nothing."""

import json
from urllib.parse import urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase
from rest_framework.test import APIClient

from gitsync.domain import repositories
from gitsync.models import LocalCopy, OutboxEvent, Request, UnknownUrl
from gitsync.tests.forge_hooks import AFTER, AZURE, BEFORE, FORGES, GITHUB, GITLAB, received_deliveries
from gitsync.tests.synced_course import URL, register, sync_requests, synced
from gitsync.webhooks import limits
from gitsync.webhooks.fields import fields_of
from gitsync.webhooks.forges import WANTED, read_hook


@pytest.mark.parametrize("forge", FORGES)
def test_a_push_of_any_forge_is_kept_and_requests_a_sync(hook, forge, time_machine):
    time_machine.move_to(1_615_215_942, tick=False)
    owner = register()
    before = synced()
    answer = hook(*FORGES[forge])
    assert (answer.status_code, list(answer.json())) == (200, ["request_id"])
    assert sync_requests() == before + 1
    delivery = received_deliveries().get()
    assert (delivery.repository, delivery.forge, delivery.before, delivery.after) == (
        owner.repository,
        forge.split()[0],
        BEFORE,
        AFTER,
    )
    assert (delivery.received_at, delivery.signed) == (1_615_215_942, False)
    assert delivery.ref in ("refs/heads/main", "main")
    request = Request.objects.get(pk=answer.json()["request_id"])
    assert (request.kind, request.state, request.repository) == ("GitHook", "pending", owner.repository)


@pytest.mark.parametrize("address", ["/_git_hook", "/_git_hook/"])
def test_it_answers_with_and_without_a_slash(hook, address):
    assert hook(address=address).status_code == 200


def test_the_answer_is_the_same_for_a_repository_that_nobody_registered(hook):
    register(repo_url="https://github.com/known/known")
    unknown = hook(GITHUB)
    known = hook({**GITHUB, "repository": {"clone_url": "https://github.com/known/known.git"}})
    assert unknown.status_code == known.status_code == 200
    assert unknown.json().keys() == known.json().keys()
    assert dict(unknown.headers).keys() == dict(known.headers).keys()


@pytest.mark.parametrize(
    "url",
    ["https://github.com/test/test", "https://GITHUB.com/Test/Test.git", "https://github.com/test/test/", URL],
)
def test_the_repository_is_found_by_any_spelling_of_its_url(hook, url):
    register()
    before = synced()
    hook({"repository": {"clone_url": url}})
    assert sync_requests() == before + 1


def test_a_path_with_the_same_ending_is_another_repository(hook):
    register()
    before = synced()
    hook({"repository": {"clone_url": "https://github.com/x/test/test.git", "full_name": "test/test"}})
    assert sync_requests() == before


def test_a_redelivery_keeps_the_first_receipt_and_requests_a_sync(hook, time_machine):
    register()
    time_machine.move_to(1000, tick=False)
    hook(*FORGES["github"])
    time_machine.move_to(2000, tick=False)
    before = synced()
    assert hook(*FORGES["github"]).status_code == 200
    assert received_deliveries().get().received_at == 1000
    assert sync_requests() == before + 1


def test_a_form_with_json_in_payload_is_accepted(hook):
    register()
    before = synced()
    form = urlencode({"payload": json.dumps(GITHUB)})
    assert hook(form, content_type="application/x-www-form-urlencoded").status_code == 200
    assert sync_requests() == before + 1


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        ({"zen": "Keep it simple", "hook_id": 1, "repository": {"clone_url": URL}}, {"X-GitHub-Event": "ping"}),
        ({"zen": "An organisation has no repository"}, {"X-GitHub-Event": "ping"}),
        ({**GITLAB, "object_kind": "tag_push"}, {"X-Gitlab-Event": "Tag Push Hook"}),
        ({**AZURE, "eventType": "git.pullrequest.created"}, {}),
        ({}, {"X-GitHub-Event": "issues"}),
        ({"event_name": "project_create", "path_with_namespace": "a/b"}, {"X-Gitlab-Event": "System Hook"}),
        ({"event_name": "repository_update"}, {"X-Gitlab-Event": "System Hook"}),
        ({"object_kind": "pipeline", "project": {"git_http_url": URL}}, {"X-Gitlab-Event": "Pipeline Hook"}),
        ({"test": True}, {"X-Event-Key": "diagnostics:ping"}),
        ({"pullRequest": {}}, {"X-Event-Key": "pr:opened"}),
        ({"action": "opened"}, {"X-Gogs-Event": "issues"}),
        ({}, {"X-GitHub-Event": "push"}),
        ({"repository": 5}, {"X-Gitea-Event": "push"}),
        ("not JSON", {"X-Gitlab-Event": "Note Hook"}),
        ("[" * 100_000, {"X-Forgejo-Event": "push"}),
        (b"\xff", {"X-Event-Key": "repo:push"}),
    ],
)
def test_a_ping_or_another_event_is_answered_and_changes_nothing(hook, body, headers):
    register()
    before = synced()
    answer = hook(body, headers)
    assert (answer.status_code, list(answer.json())) == (200, ["request_id"])
    assert (sync_requests(), received_deliveries().count(), UnknownUrl.objects.count()) == (before, 0, 0)


def test_an_unknown_url_is_reported_once_an_hour(hook, time_machine):
    time_machine.move_to("2026-03-02 12:00:00Z", tick=False)
    for _ in range(3):
        hook()
    hook({"repository": {"clone_url": "https://github.com/Test/test"}})
    assert [event.body for event in OutboxEvent.objects.all()] == [{"_C": "OnUnknownRepoURL", "repoUrl": URL}]
    time_machine.move_to("2026-03-02 13:00:00Z", tick=False)
    hook()
    assert OutboxEvent.objects.count() == 2


@pytest.mark.parametrize("url", ["http://127.0.0.1/x", "file:///etc/passwd", "git@github.com:test/test.git", "x"])
def test_a_url_that_may_not_be_contacted_is_unknown(hook, url):
    assert hook({"repository": {"clone_url": url}}).status_code == 200
    assert LocalCopy.objects.count() == 0


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"\xff", b"payload={}", b'{"repository": 5}', b'{"repository": {"clone_url": 7}}', b"{}"],
)
@pytest.mark.parametrize("content_type", ["application/json", "application/x-www-form-urlencoded"])
def test_a_body_without_a_repository_is_400(hook, body, content_type):
    answer = hook(body, content_type=content_type)
    assert (answer.status_code, set(answer.json()["error"])) == (400, {"code", "message", "field"})
    assert not Request.objects.exists()


def test_a_body_that_is_too_large_is_413(hook, settings):
    settings.HOOK_BODY_LIMIT = 2_000_000
    assert hook({**GITHUB, "more": "x" * 2_000_000}).status_code == 413


@pytest.mark.parametrize("method", ["get", "put", "delete"])
def test_another_method_is_405(api, method):
    assert getattr(api, method)("/_git_hook").status_code == 405


def test_a_caller_over_the_limit_gets_429_with_retry_after(hook, monkeypatch):
    monkeypatch.setattr(limits, "PER_CALLER", 2)
    assert [hook().status_code for _ in range(3)] == [200, 200, 429]
    answer = hook()
    assert 1 <= int(answer.headers["Retry-After"]) <= 61
    assert hook(REMOTE_ADDR="10.9.9.9").status_code == 200
    assert hook(HTTP_X_FORWARDED_FOR="10.9.9.8").status_code == 429, "a header without a trusted proxy changes nothing"


def test_behind_a_trusted_proxy_each_caller_is_counted(hook, monkeypatch, settings):
    settings.PROXY_COUNT = 1
    monkeypatch.setattr(limits, "PER_CALLER", 1)
    assert hook(HTTP_X_FORWARDED_FOR="forged, 10.0.0.1").status_code == 200
    assert hook(HTTP_X_FORWARDED_FOR="other, 10.0.0.1").status_code == 429
    assert hook(HTTP_X_FORWARDED_FOR="10.0.0.2").status_code == 200


def test_over_the_limit_of_a_url_nothing_is_kept_and_no_push_is_lost(hook, monkeypatch):
    register()
    monkeypatch.setattr(limits, "PER_URL", 1)
    hook()
    before, requests = synced(), Request.objects.count()
    assert hook({**GITHUB, "after": "c" * 40}).status_code == 429
    assert (sync_requests(), Request.objects.count(), received_deliveries().count()) == (before + 1, requests, 1)


def test_a_repository_deleted_during_its_hook_is_unknown(hook, monkeypatch):
    deleted = register().repository.local_copy
    copy = LocalCopy(pk=deleted.pk, repository_id=deleted.repository_id)
    deleted.repository.delete()
    monkeypatch.setattr(repositories, "find_loosely", lambda addresses: [copy])
    assert hook().status_code == 200
    assert (received_deliveries().count(), UnknownUrl.objects.count()) == (0, 1)
    assert Request.objects.get(kind="GitHook").state == "done"


def test_the_limit_starts_anew_each_minute(hook, monkeypatch, time_machine):
    time_machine.move_to("2026-03-02 12:00:59Z", tick=False)
    monkeypatch.setattr(limits, "PER_CALLER", 1)
    assert [hook().status_code for _ in range(2)] == [200, 429]
    time_machine.move_to("2026-03-02 12:01:00Z", tick=False)
    assert hook().status_code == 200


def test_one_caller_cannot_fill_the_table_of_unknown_urls(hook, monkeypatch):
    monkeypatch.setattr(limits, "UNKNOWN_PER_CALLER", 3)
    for number in range(6):
        answer = hook({"repository": {"clone_url": f"https://github.com/x/{number}"}})
        assert answer.status_code == 200
    assert UnknownUrl.objects.count() == 3


@pytest.mark.parametrize("body", [{"after": "0" * 40}, {"after": "x"}, {"after": "A" * 40}, {"after": ["a"]}, {}])
def test_a_malformed_sha_is_left_out(body):
    assert read_hook({}, fields_of(body, WANTED)).after == ""


keys = st.sampled_from(
    ["repository", "project", "clone_url", "git_http_url", "resource", "remoteUrl", "links", "html", "href", "ref",
     "after", "push", "changes", "refUpdates", "object_kind", "eventType", "id", "x"]
)  # fmt: skip
odd = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=10) | st.sampled_from([URL, "http://[", "\ud800"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(keys, inner, max_size=3),
    max_leaves=8,
)


class RandomHooks(TestCase):
    @given(st.dictionaries(keys, odd, max_size=4), st.sampled_from(["", "push", "ping", "é", "x" * 300]))
    @settings(max_examples=200, deadline=None)
    def test_any_hook_is_answered_or_refused(self, body, event):
        limits.reset()
        client = APIClient(raise_request_exception=False)
        headers = {"X-GitHub-Event": event, "X-GitHub-Delivery": event}
        answer = client.post("/_git_hook", json.dumps(body), content_type="application/json", headers=headers)
        assert answer.status_code in (200, 400), (answer.status_code, body)
