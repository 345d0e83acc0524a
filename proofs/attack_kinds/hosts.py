"""Names of another host, in every place from which a server may read its own name."""

from proofs.support.attack_report import Report
from proofs.support.attacked_school import School
from proofs.support.raw_http import NO_ANSWER, Caller, answers, exchange

EVIL = "evil.example"
LINKS = "/api/v1/farm/reservations/?limit=1&page_size=1"  # an answer with absolute links


def attack(school: School, report: Report) -> None:
    for front, port in school.fronts.items():
        good = f"127.0.0.1:{port}"
        alice = school.program("alice").at(port)
        requests = {
            "another Host": _request(alice, LINKS, f"Host: {EVIL}"),
            "Host twice, ours first": _request(alice, LINKS, f"Host: {good}", f"Host: {EVIL}"),
            "Host twice, ours last": _request(alice, LINKS, f"Host: {EVIL}", f"Host: {good}"),
            "X-Forwarded-Host": _request(alice, LINKS, f"Host: {good}", f"X-Forwarded-Host: {EVIL}"),
            "Forwarded": _request(alice, LINKS, f"Host: {good}", f"Forwarded: host={EVIL};proto=https"),
            "the absolute form": _request(alice, f"http://{EVIL}{LINKS}", f"Host: {good}"),
            "the absolute form, other Host": _request(alice, f"http://{good}{LINKS}", f"Host: {EVIL}"),
            "ours as the user": _request(alice, LINKS, f"Host: {good}@{EVIL}"),
            "ours and a space": _request(alice, LINKS, f"Host: {good} {EVIL}"),
            "a host with a path": _request(alice, LINKS, f"Host: {EVIL}/{good}"),
            "a port of six digits": _request(alice, LINKS, f"Host: {EVIL}:999999"),
            "half an IPv6 address": _request(alice, LINKS, f"Host: [::1{EVIL}"),
            "no Host, version 1.0": _request(alice, LINKS, f"X-Host: {EVIL}").replace(b"HTTP/1.1", b"HTTP/1.0"),
            "a line break in Host": _request(alice, LINKS, f"Host: {good}\r\n {EVIL}"),
        }
        for variant, raw in requests.items():
            received = answers(exchange(port, raw))
            answer = received[0] if received else NO_ANSWER
            named = EVIL in answer.head or EVIL in answer.text
            report.attempt(
                f"{variant} ({front})",
                alice,
                raw.split(b"\r\nAuthorization")[0].decode("latin-1"),
                answer,
                effect="the answer names the other host" if named else "",
                closing_is_refusal=True,
            )
        _poison_a_location(school, report, front, alice)


def _request(caller: Caller, target: str, *hosts: str) -> bytes:
    lines = [f"GET {target} HTTP/1.1", *hosts, f"Authorization: Bearer {caller.bearer}", "Connection: close"]
    return "\r\n".join([*lines, "", ""]).encode("latin-1")


def _poison_a_location(school: School, report: Report, front: str, alice: Caller) -> None:
    """A created thing's Location must name the host of the request, never a forwarded one."""
    headers = [("X-Forwarded-Host", EVIL), ("X-Forwarded-Proto", "https"), ("X-Forwarded-For", "10.0.0.1")]
    body = {"start": "2031-01-07T09:00:00Z", "end": "2031-01-07T10:00:00Z", "lines": []}
    answer = alice.send("POST", "/api/v1/farm/reservations/", json=body, headers=headers)
    effect = "Location names the other host" if EVIL in answer.head else ""
    report.attempt(
        f"a Location ({front})", alice, "POST /api/v1/farm/reservations/ X-Forwarded-Host", answer, effect=effect
    )
