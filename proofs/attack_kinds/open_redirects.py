"""Addresses that lead a person who trusts this site to another one."""

import re
from urllib.parse import quote, urlsplit

from proofs.support.attack_report import Report
from proofs.support.attacked_school import PASSWORD, School
from proofs.support.raw_http import Answer, Caller

TARGETS = {
    "two slashes": "//evil.example/",
    "another site": "https://evil.example/",
    "backslash": "/\\evil.example/",
    "scheme without slashes": "https:evil.example",
    "three slashes": "///evil.example/",
    "a tab inside": "/\t/evil.example/",
    "a script": "javascript:alert(1)",
    "our name as the user": "http://127.0.0.1@evil.example/",
    "our name, another port": "http://127.0.0.1:9/",
    "a line break": "/\r\nLocation: https://evil.example/",
}


def attack(school: School, report: Report) -> None:
    for variant, target in TARGETS.items():
        alice = Caller("alice", school.port)
        alice.send("GET", "/sign-in/")
        form = {"username": "alice", "password": PASSWORD, "next": target}
        _judge(report, school, variant, alice, "POST /sign-in/", target, alice.send("POST", "/sign-in/", form=form))
        for path, field, value in (("/account/language/", "language", "en"), ("/account/theme/", "theme", "dark")):
            answer = alice.send("POST", path, form={field: value, "next": target})
            _judge(report, school, variant, alice, f"POST {path}", target, answer)
        path = f"/farm/bookings/{school.rows.bob_booking.pk}/cancel/"
        bob = school.browser("bob")
        answer = bob.send("POST", path, form={"next": target})
        _judge(report, school, variant, bob, "POST …/cancel/", target, answer)
        stranger = school.stranger()
        answer = stranger.send("GET", f"/admin/login/?next={quote(target)}")
        _judge(report, school, variant, stranger, "GET /admin/login/", target, answer)
        answer = stranger.send("GET", target if target.startswith("/") and target.isprintable() else "//evil.example/")
        _judge(report, school, variant, stranger, "GET", target, answer)


def _judge(
    report: Report, school: School, variant: str, caller: Caller, what: str, target: str, answer: Answer
) -> None:
    effect = "leads to another site" if _leads_away(answer, school.port) else ""
    report.attempt(variant, caller, f"{what} next={target}", answer, effect=effect)


def _leads_away(answer: Answer, port: int) -> bool:
    """Whether a browser would go to another site: it ignores tabs and line breaks and reads a backslash as a slash."""
    locations = [value for name, value in answer.headers if name.lower() in ("location", "hx-redirect", "refresh")]
    for location in locations:
        address = re.sub(r"[\t\r\n]", "", location).strip().replace("\\", "/")
        if re.match(r"(?i)[a-z][a-z0-9+.-]*:(?!//)", address):  # javascript:, https:evil
            return True
        if address.startswith("//") or not address.startswith("/"):
            parts = urlsplit(f"http:{address}" if address.startswith("//") else address)
            if parts.netloc != f"127.0.0.1:{port}":
                return True
    return False
