"""Bodies that are small but hard to parse: deep nesting, long numbers, duplicate keys, invalid bytes."""

import json
import time
from pathlib import Path

from proofs.support.attack_report import Report
from proofs.support.attacked_school import School
from proofs.support.raw_http import Caller

SECONDS = 10.0  # the longest answer
DEEP = 100_000
VALUES: dict[str, str] = {
    "lists 100,000 deep": "[" * DEEP + "]" * DEEP,
    "objects 50,000 deep": '{"a":' * 50_000 + "1" + "}" * 50_000,
    "an open list, 1 MB": "[" * 900_000,
    "a number of 900,000 digits": "9" * 900_000,
    "a number of 5,000 digits": "9" * 5000,
    "a fraction of 100,000 digits": "0." + "1" * 100_000,
    "an exponent beyond floats": "1e999",
    "a negative exponent of 9 digits": "1e-999999999",
    "NaN": "NaN",
    "minus infinity": "-Infinity",
    "a lone surrogate": '"\\ud800"',
    "a surrogate pair the wrong way": '"\\udc00\\ud800"',
    "NUL in a text": '"a\\u0000b"',
    "a text of 900 kB": '"' + "é" * 450_000 + '"',
    "100,000 empty objects": "[" + ",".join(["{}"] * 100_000) + "]",
    "true for a number": "true",
    "a list for a text": '["x"]',
    "an object for a text": '{"$gt": ""}',
}
WHOLE: dict[str, bytes] = {
    "nothing": b"",
    "a byte order mark of UTF-16": "\ufeff{}".encode("utf-16"),
    "UTF-7": b"+ADwAcwA+-",
    "half a letter": b'{"a": "\xc3"}',
    "two objects": b"{}{}",
    "a list": b"[]",
    "a text": b'"x"',
    "null": b"null",
    "50,000 keys": json.dumps({f"k{n}": n for n in range(50_000)}).encode(),
    "a key of 900 kB": b'{"' + b"k" * 900_000 + b'": 1}',
    "keys that are one key": b"{" + b",".join(b'"purpose": "%d"' % n for n in range(50_000)) + b"}",
}


def attack(school: School, report: Report) -> None:
    alice = school.program("alice")
    course = school.rows.course.pk
    places = {
        "/api/v1/farm/reservations/": (
            "POST",
            '{"start": "2031-05-01T09:00:00Z", "end": "2031-05-01T10:00:00Z", "purpose": %s}',
        ),
        f"/api/v1/courses/{course}/tasks/{school.rows.essay.pk}/answer/": ("PUT", '{"text": %s}'),
        "/Reservation": (
            "POST",
            '{"date_debut": "2031-05-01 09:00:00", "date_fin": "2031-05-01 10:00:00", "lignes": %s}',
        ),
        "/_git_api": ("POST", '{"_C": "GetCommitsForRepo", "courseId": %s}'),
    }
    for place, (method, frame) in places.items():
        for variant, value in VALUES.items():
            _send(school, report, variant, alice, method, place, (frame % value).encode())
        for variant, body in WHOLE.items():
            _send(school, report, variant, alice, method, place, body)
    stranger = school.stranger()
    for place in ("/_git_hook", school.rows.hook_path, "/api/v1/token/"):
        for variant, value in VALUES.items():
            body = f'{{"repository": {value}, "username": {value}, "password": {value}}}'.encode()
            _send(school, report, variant, stranger, "POST", place, body)
    _duplicate_keys(school, report, alice)


def _send(school: School, report: Report, variant: str, caller: Caller, method: str, place: str, body: bytes) -> None:
    before, began = peak_of_pages(school), time.monotonic()
    answer = caller.send(method, place, body, headers=[("Content-Type", "application/json")])
    took, grown = time.monotonic() - began, peak_of_pages(school) - before
    effects = {f"it took {took:.0f} s": took > SECONDS, f"{grown} MB of memory": grown > 200}
    effect = "; ".join(sentence for sentence, is_so in effects.items() if is_so)
    report.attempt(variant, caller, f"{method} {place} {len(body)} bytes", answer, effect=effect)


def _duplicate_keys(school: School, report: Report, alice: Caller) -> None:
    """A key given twice must have one value, for the checks and for the effect."""
    from farm.models import Reservation

    path = "/api/v1/farm/reservations/"
    times = '"start": "2031-05-02T09:00:00Z", "end": "2031-05-02T10:00:00Z", "lines": []'
    for variant, names in (("owner twice, mine first", ("alice", "bob")), ("owner twice, mine last", ("bob", "alice"))):
        body = f'{{{times}, "owner": "{names[0]}", "owner": "{names[1]}", "purpose": "twice"}}'.encode()
        answer = alice.send("POST", path, body, headers=[("Content-Type", "application/json")])
        taken = Reservation.objects.filter(purpose="twice", owner=school.people["bob"]).exists()
        report.attempt(variant, alice, f"POST {path}", answer, effect="bob has a booking" if taken else "")


def peak_of_pages(school: School) -> int:
    """MB at the peak of the processes that serve pages."""
    total = 0
    for status in Path("/proc").glob("[0-9]*/status"):
        try:
            command = status.with_name("cmdline").read_bytes()
            if b"uvicorn" in command and str(school.port).encode() in command:
                total += int(status.read_text().partition("VmHWM:")[2].split()[0]) // 1024
        except (OSError, IndexError):
            continue
    return total
