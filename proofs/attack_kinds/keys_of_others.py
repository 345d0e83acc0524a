"""Signed and secret keys of other people: an Undo, a key of a request, a hook address, a secret."""

from collections.abc import Callable

from proofs.attack_kinds.rows_of_others import watch_rows
from proofs.support.attack_report import Report
from proofs.support.attacked_school import School
from proofs.support.raw_http import Caller


def attack(school: School, report: Report) -> None:
    _undo_and_keys(school, report, watch_rows(school))
    _hooks(school, report)


def _undo_and_keys(school: School, report: Report, effect: Callable[[], str]) -> None:
    """A signed Undo, and an answer kept for a key, of somebody else."""
    from farm.domain.undo import make_ticket

    alice = school.browser("alice")
    ticket = make_ticket(school.people["bob"], school.rows.bob_booking, None)
    for variant, text in (
        ("an undo of another", ticket),
        ("an undo, changed", ticket[:-3] + "abc"),
        ("an undo of nothing", "x"),
    ):
        answer = alice.send("POST", "/farm/undo/", form={"ticket": text})
        report.attempt(variant, alice, f"POST /farm/undo/ {text[:20]}…", answer, effect=effect())
    body = {"start": "2031-04-01T09:00:00Z", "end": "2031-04-01T10:00:00Z", "lines": [], "purpose": "of-bob-alone"}
    key = [("Idempotency-Key", "one-key-for-both")]
    school.program("bob").send("POST", "/api/v1/farm/reservations/", json=body, headers=key)
    bearer = school.program("alice")
    answer = bearer.send("POST", "/api/v1/farm/reservations/", json=body, headers=key)
    owner = (answer.json or {}).get("owner")
    report.attempt(
        "the key of another's request",
        bearer,
        "POST …/reservations/ Idempotency-Key",
        answer,
        effect="bob's answer is given to alice" if owner == "bob" or answer.header("Idempotency-Replayed") else "",
    )


def _hooks(school: School, report: Report) -> None:
    """A hook address reveals nothing to somebody who guesses, and similar addresses do not work."""
    stranger: Caller = school.stranger()
    path = school.rows.hook_path
    known = stranger.send("POST", path, json={})
    for variant, other in (
        ("a token that is nobody's", "/hooks/" + "a" * 43 + "/"),
        ("a token in capitals", path.upper().replace("/HOOKS/", "/hooks/")),
        ("half a token", path[:-10] + "/"),
        ("a token with a star", path[:-2] + "*/"),
        ("a token too long", path[:-1] + "a" * 30 + "/"),
    ):
        answer = stranger.send("POST", other, json={})
        signed = stranger.send("POST", other, json={}, headers=[("X-Gitlab-Token", school.rows.hook.secret)])
        effect = "it is taken for the course's address" if signed.status < 300 else ""
        report.attempt(variant, stranger, f"POST {other}", answer, effect=effect)
    wrong = stranger.send("POST", path, json={}, headers=[("X-Gitlab-Token", "guessed")])
    report.attempt("a wrong secret", stranger, f"POST {path} (without: {known.status})", wrong, effect="")
