"""Tickets of the event stream: of other topics, of others, changed, too old, or of a session that has ended."""

import json
import time
import zlib
from itertools import pairwise
from typing import Any

from proofs.support.attack_report import Report
from proofs.support.attacked_school import PASSWORD, School
from proofs.support.raw_http import NO_ANSWER, Answer, Caller, answers, exchange


def attack(school: School, report: Report) -> None:
    from django.core import signing

    from live import tickets

    alice, bob, course = school.people["alice"], school.people["bob"], school.rows.course
    good = tickets.issue(alice.pk, ["farm"])
    if _stream(school.stranger(), good).status != 200:
        raise SystemExit("a good ticket opens no stream: nothing could be seen here")
    body, _colon, signature = good.rpartition(":")
    more = {"u": alice.pk, "t": ["farm", f"person:{bob.pk}", f"course:{course.pk}"], "x": int(time.time()) + 600}
    text = json.dumps(more).encode()
    forged = {
        "other topics, old signature": f"{signing.b64_encode(text).decode()}:{signature}",
        "other topics packed, old signature": f".{signing.b64_encode(zlib.compress(text)).decode()}:{signature}",
        "other topics, empty key": signing.TimestampSigner(key=" ", salt="live.ticket").sign_object(more),
        "signed for an undo": signing.dumps(more, salt="farm.undo"),
        "signed for nothing": signing.dumps(more),
        "expired": signing.Signer(salt="live.ticket").sign_object(more | {"x": int(time.time()) - 1}),
        "topics that are no list": signing.Signer(salt="live.ticket").sign_object(more | {"t": 7}),
        "no time": signing.Signer(salt="live.ticket").sign_object({"u": alice.pk, "t": ["farm"]}),
        "half a ticket": good[: len(good) // 2],
        "without a signature": body,
        "empty": "",
        "100 kB": "a" * 40_000 + ":" + "b" * 20_000,
        "a packed bomb": f".{signing.b64_encode(zlib.compress(b'[' * 10**7)).decode()}:{signature}",
        "another letter": good[:-1] + ("a" if good[-1] != "a" else "b"),
        "letters outside ASCII": good + "%C3%A9",
    }
    for variant, ticket in forged.items():
        caller = school.stranger()
        answer = _stream(caller, ticket)
        effect = "a stream was opened" if answer.status == 200 else ""
        report.attempt(variant, caller, f"GET /events/?ticket={ticket[:40]}", answer, effect=effect)
    _renewals(school, report, good, forged["expired"])
    _other_requests(school, report, good)


def _stream(caller: Caller, ticket: str, *headers: tuple[str, str]) -> Answer:
    received = answers(
        exchange(caller.port, caller.raw("GET", f"/events/?ticket={ticket}", b"", list(headers)), quiet=1)
    )
    return received[0] if received else NO_ANSWER


def _renewals(school: School, report: Report, good: str, expired: str) -> None:
    from accounts.models import User
    from live import tickets

    leaver = school.newcomer("streamer", kind="student", language="en")
    own = tickets.issue(leaver.pk, ["farm"])

    def renew(variant: str, caller: Caller, ticket: str) -> None:
        answer = caller.send("GET", f"/events/ticket?ticket={ticket}")
        effect = "a new ticket was given" if isinstance(answer.json, dict) and "ticket" in answer.json else ""
        report.attempt(variant, caller, "GET /events/ticket", answer, effect=effect)

    renew("renewed without a session", school.stranger(), good)
    renew("renewed with another's cookie", school.browser("bob"), good)
    renew("renewed with a bearer alone", school.program("alice"), good)
    renew("an expired one, with another's cookie", school.browser("bob"), expired)
    visitor = Caller("streamer", school.port)
    visitor.sign_in(PASSWORD)
    before = visitor.at(school.port)
    visitor.send("POST", "/sign-out/")
    renew("renewed after signing out", before, own)
    visitor.sign_in(PASSWORD)
    User.objects.filter(pk=leaver.pk).update(is_active=False)
    renew("renewed after deactivation", visitor, own)


def _other_requests(school: School, report: Report, good: str) -> None:
    """The stream's answers to other methods and headers. It must contain only names of topics."""
    caller = school.stranger()
    tries: dict[str, tuple[str, str, list[tuple[str, str]]]] = {
        "with POST": ("POST", f"/events/?ticket={good}", []),
        "with HEAD": ("HEAD", f"/events/?ticket={good}", []),
        "two tickets, a wrong one first": ("GET", f"/events/?ticket=x&ticket={good}", []),
    }
    for variant, (method, target, headers) in tries.items():
        answer = caller.send(method, target, headers=headers)
        effect = "a stream was opened" if "event-stream" in answer.header("Content-Type") else ""
        report.attempt(variant, caller, f"{method} /events/", answer, effect=effect)
    for variant, value in (
        ("a last id of words", "1 OR 1=1"),
        ("a last id of 400 digits", "9" * 400),
        ("a negative last id", "-1"),
    ):
        answer = _stream(caller, good, ("Last-Event-ID", value))
        effect = f"it tells of other topics: {answer.text}" if _topics(answer.text) - {"farm"} else ""
        report.attempt(variant, caller, f"GET /events/ Last-Event-ID: {value}", answer, effect=effect)


def _topics(text: str) -> set[Any]:
    """The topics that a stream's `change` events name."""
    lines = text.splitlines()
    return {
        topic
        for kind, data in pairwise(lines)
        if kind == "event: change"
        for topic in data.removeprefix("data: ").split()
    }
