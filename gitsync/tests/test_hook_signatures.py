"""Signatures of hooks at a course's hook address, as each forge makes them."""

import json
from urllib.parse import urlencode

import pytest

from gitsync.models.hook_addresses import new_secret
from gitsync.tests.forge_hooks import (
    AFTER,
    FORGES,
    GITHUB,
    SIGNED,
    by_password,
    digest,
    hook_rows,
    received_deliveries,
    signed_hook,
)
from gitsync.tests.synced_course import register, sync_requests, synced
from gitsync.webhooks.signatures import is_signed
from kernel.errors import NotAllowed

FORM = "application/x-www-form-urlencoded"


@pytest.mark.parametrize("name", SIGNED)
def test_a_right_signature_marks_the_delivery(course_hook, hook_address, name):
    register()
    answer = course_hook(*signed_hook(name, hook_address.secret))
    assert (answer.status_code, list(answer.json())) == (202, ["request_id"])
    assert [(row.after, row.signed) for row in received_deliveries()] == [(AFTER, True)]


@pytest.mark.parametrize("name", SIGNED)
def test_a_wrong_signature_is_refused_and_nothing_is_kept(course_hook, name):
    register()
    before = hook_rows()
    answer = course_hook(*signed_hook(name, new_secret()))
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "bad_signature")
    assert hook_rows() == before


@pytest.mark.parametrize("name", [name for name in SIGNED if name not in ("gitlab", "azure")])
def test_a_signature_of_other_bytes_is_refused(course_hook, hook_address, name):
    assert course_hook(*signed_hook(name, hook_address.secret, raw=b"{}")).status_code == 403


@pytest.mark.parametrize("forge", FORGES)
def test_an_unsigned_hook_requests_a_sync_as_at_the_other_url(course_hook, forge):
    register()
    before = synced()
    assert course_hook(*FORGES[forge]).status_code == 202
    assert (received_deliveries().get().signed, sync_requests()) == (False, before + 1)


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Gitea-Signature": "", "X-Hub-Signature": "sha1=", "X-Hub-Signature-256": "sha256="},
        {"X-Gitlab-Token": ""},
        {"Authorization": "Bearer something"},
        by_password(""),
    ],
)
def test_an_empty_signature_counts_as_none(course_hook, headers):
    register()
    assert course_hook(GITHUB, headers).status_code == 202
    assert not received_deliveries().get().signed


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
def test_a_malformed_signature_is_refused(course_hook, headers):
    headers = {name: value.encode().decode("latin-1") for name, value in headers.items()}
    assert course_hook(GITHUB, headers).status_code == 403


def test_a_wrong_signature_beside_a_right_one_is_refused(course_hook, hook_address):
    data, headers = signed_hook("gitea", hook_address.secret)
    assert course_hook(data, headers | {"X-Hub-Signature-256": "sha256=" + "0" * 64}).status_code == 403


def test_a_signature_is_checked_before_the_body_is_parsed(course_hook):
    assert course_hook(b"{", {"X-Hub-Signature-256": "sha256=00"}).status_code == 403
    assert course_hook(b"{").status_code == 400


@pytest.mark.parametrize("signed", ["the form", "the JSON in it"])
def test_a_form_is_signed_as_github_or_as_gitea_does(course_hook, hook_address, signed):
    register()
    payload = json.dumps(GITHUB)
    form = urlencode({"payload": payload})
    signature = digest((form if signed == "the form" else payload).encode(), hook_address.secret)
    answer = course_hook(
        form, {"X-GitHub-Event": "push", "X-Hub-Signature-256": f"sha256={signature}"}, content_type=FORM
    )
    assert (answer.status_code, received_deliveries().get().signed) == (202, True)


def test_a_signed_redelivery_marks_the_first_as_signed_and_keeps_its_time(course_hook, hook_address, time_machine):
    register()
    time_machine.move_to(1000, tick=False)
    course_hook(*FORGES["github"], address="/_git_hook")
    time_machine.move_to(2000, tick=False)
    course_hook(*signed_hook("github", hook_address.secret))
    assert [(row.received_at, row.signed) for row in received_deliveries()] == [(1000, True)]
    time_machine.move_to(3000, tick=False)
    course_hook(*FORGES["github"])
    assert [(row.received_at, row.signed) for row in received_deliveries()] == [(1000, True)]


def test_a_signed_hook_does_not_mark_a_hook_about_another_commit(course_hook, hook_address):
    register()
    course_hook({**GITHUB, "after": "c" * 40}, FORGES["github"][1])  # somebody guessed the delivery's id
    course_hook(*signed_hook("github", hook_address.secret))
    assert [(row.after, row.signed) for row in received_deliveries()] == [("c" * 40, False)]


def test_one_wrong_signature_of_many_headers_is_enough(hook_address):
    """A body may have 25 MB: it is hashed for one header, not for eight."""
    hashed = []
    forms = [lambda: hashed.append(1) or iter([b"{}"])]
    names = ("X-Forgejo-Signature", "X-Gitea-Signature", "X-Gogs-Signature", "X-Hub-Signature-256", "X-Hub-Signature")
    with pytest.raises(NotAllowed):
        is_signed(dict.fromkeys(names, "sha1=rubbish"), forms, hook_address.secret)
    assert len(hashed) == 1
    with pytest.raises(NotAllowed):  # a wrong password is seen without a hash
        is_signed(dict.fromkeys(names, "sha1=rubbish") | by_password("wrong"), forms, hook_address.secret)
    assert len(hashed) == 1
