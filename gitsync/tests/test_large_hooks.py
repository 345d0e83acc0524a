"""Hooks over 1 MB: on the disk, read as a stream, within limits."""

import io
import json
import threading
import tracemalloc
from urllib.parse import quote_plus, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitsync.tests.forge_hooks import BITBUCKET_DATA_CENTER, FORGES, GITHUB, SIGNED, received_deliveries, signed_hook
from gitsync.tests.synced_course import register, sync_requests, synced
from gitsync.webhooks import bodies
from gitsync.webhooks.bodies import HookBody
from gitsync.webhooks.fields import fields_of, read_fields
from gitsync.webhooks.forges import WANTED
from kernel.errors import Malformed

COMMITS = [{"id": "c" * 40, "message": "é" * 100, "added": [f"src/{n}.java" for n in range(20)]} for _ in range(2500)]
FORM = "application/x-www-form-urlencoded"


def padded(body):
    """Return the body as bytes of more than 1 MB, with what matters behind the commits."""
    return json.dumps({"commits": COMMITS, **body}).encode()


def large(data):
    file = io.BytesIO(data)
    return HookBody(file, file, is_large=True)


@pytest.mark.parametrize("forge", FORGES)
def test_a_large_hook_of_any_forge_is_followed(course_hook, forge):
    register()
    before = synced()
    body, headers = FORGES[forge]
    assert len(padded(body)) > bodies.SMALL
    assert course_hook(padded(body).decode(), headers).status_code == 202
    assert sync_requests() == before + 1
    assert (received_deliveries().get().after, received_deliveries().get().forge) == ("a" * 40, forge.split()[0])


@pytest.mark.parametrize("name", SIGNED)
def test_the_signature_of_a_large_hook_is_checked(course_hook, hook_address, name, monkeypatch):
    register()
    body, forge, sign = SIGNED[name]
    raw = padded(body)
    headers = FORGES[forge][1]
    assert course_hook(raw, headers | sign(raw, hook_address.secret)).status_code == 202
    assert received_deliveries().get().signed
    assert course_hook(raw, headers | sign(raw, "whsec_b3RoZXI=")).status_code == 403


def test_a_large_form_is_read_and_its_signature_checked(course_hook, hook_address):
    register()
    before = synced()
    form = urlencode({"x": "1", "payload": padded(GITHUB).decode(), "y": "2"}).encode()
    _body, headers = signed_hook("github", hook_address.secret, raw=form)
    assert course_hook(form, headers, content_type=FORM).status_code == 202
    assert (sync_requests(), received_deliveries().get().signed) == (before + 1, True)


@given(
    st.lists(st.tuples(st.sampled_from(["payload", "a", "é%"]), st.text(max_size=40)), max_size=4),
    st.integers(1, 9),
)
def test_a_form_is_read_alike_in_chunks_of_any_size(fields, size):
    form = "&".join(f"{quote_plus(name)}={quote_plus(text)}" for name, text in fields).encode()
    chunks = (form[start : start + size] for start in range(0, len(form), size))
    expected = next((text for name, text in fields if name == "payload"), "")
    assert b"".join(bodies.form_field(chunks, b"payload")).decode() == expected


def test_a_stream_gives_the_same_fields_as_a_body_in_memory():
    for body, _headers in FORGES.values():
        assert read_fields(large(json.dumps(body).encode()), WANTED) == fields_of(body, WANTED)
    data = b"\xef\xbb\xbf" + json.dumps(BITBUCKET_DATA_CENTER).encode()
    assert read_fields(large(data), WANTED) == fields_of(BITBUCKET_DATA_CENTER, WANTED)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b"7",
        b"{",
        b'{"a": }',
        b'{"a": 1} x',
        b'{"a": NaN}',
        b"\xff",
        b'{"a": "\xff"}',
        b'{"a": ' + b"[" * 200,
        b'{"a": ' + b"9" * 5000 + b"}",
    ],
)
def test_a_large_body_that_is_no_object_is_refused(data):
    with pytest.raises(Malformed):
        read_fields(large(data), WANTED)


def test_a_body_over_the_limit_is_413_and_nothing_is_kept(course_hook, settings):
    settings.HOOK_BODY_LIMIT = 1_200_000
    assert course_hook("x" * 1_200_001).status_code == 413
    assert not received_deliveries().exists()


def test_while_two_large_hooks_are_read_a_third_is_refused_with_503(course_hook, monkeypatch):
    monkeypatch.setattr(bodies, "WAIT_SECONDS", 0.01)
    monkeypatch.setattr(bodies, "large_places", threading.BoundedSemaphore(2))
    register()
    assert bodies.large_places.acquire() and bodies.large_places.acquire()
    assert course_hook(padded(GITHUB)).status_code == 503
    assert course_hook(GITHUB).status_code == 202, "small hooks do not wait"
    bodies.large_places.release()
    assert course_hook(padded(GITHUB)).status_code == 202
    assert bodies.large_places.acquire(blocking=False), "the place is free again"


def test_reading_a_large_hook_takes_little_memory():
    file = io.BytesIO(padded(GITHUB) + b" " * 10_000_000)
    tracemalloc.start()
    fields = read_fields(HookBody(file, file, is_large=True), WANTED)
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert fields["after"] == ["a" * 40]
    assert peak < 5_000_000
