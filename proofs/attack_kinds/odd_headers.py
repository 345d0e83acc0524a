"""Cookies and headers that no real browser sends: forged, broken, very long, or full of addresses and dates."""

from proofs.support.attack_report import Report
from proofs.support.attacked_school import SECRETS, School
from proofs.support.raw_http import NO_ANSWER, Headers, answers, exchange

MESSAGES = '[["__json_message",1,25,"<img src=x onerror=alert(1)>","undo https://evil.example/ x"]]'
COOKIES = {
    "a session of SQL": "sessionid=' OR '1'='1",
    "a session of NUL": "sessionid=\0",
    "a session of 7 kB": "sessionid=" + "a" * 7000,
    "a session outside ASCII": "sessionid=\xe9\xff",
    "two sessions": "sessionid=x; sessionid={session}",
    "a session, quoted": 'sessionid="{session}\\054"',
    "messages, forged": f"messages={MESSAGES}",
    "messages, signed by nobody": f"messages={MESSAGES}:1abc:def",
    "a theme that is markup": 'theme="><script>alert(1)</script>; sessionid={session}',
    "a language that is a path": "django_language=../../../../etc/passwd; sessionid={session}",
    "a language of 7 kB": "django_language=" + "f" * 7000 + "; sessionid={session}",
    "a CSRF token of markup": "csrftoken=<script>; sessionid={session}",
    "400 cookies": "; ".join(f"a{n}=1" for n in range(400)),
    "only separators": ";;;===;;;",
    "a prototype": "__proto__=1; constructor=1; sessionid={session}",
}
HEADERS: dict[str, Headers] = {
    "a range from the end": [("Range", "bytes=-99999999999999999999")],
    "a range backwards": [("Range", "bytes=9-1")],
    "2,000 ranges": [("Range", "bytes=" + ",".join(f"{n}-{n}" for n in range(1000)))],
    "a range of letters": [("Range", "bytes=a-b")],
    "a date that is none": [("If-Modified-Since", "Thu, 99 Foo 99999 25:61:61 GMT")],
    "a date before time": [("If-Modified-Since", "Thu, 01 Jan 0001 00:00:00 GMT")],
    "a date of 5,000 digits": [("If-Modified-Since", "9" * 5000)],
    "an ETag of quotation marks": [("If-None-Match", '"' * 3001)],
    "5,000 languages": [("Accept-Language", ",".join(f"x{n};q=0.{n}" for n in range(900)))],
    "a language of a path": [("Accept-Language", "../../etc/passwd;q=1")],
    "a weight that is none": [("Accept-Language", "fr;q=NaN,en;q=1e999")],
    "a type of nothing": [("Accept", ";;q=")],
    "900 types": [("Accept", ",".join(f"a/b{n};q=0.{n}" for n in range(900)))],
    "an htmx address": [("HX-Request", "true"), ("HX-Current-URL", "http://[")],
    "an htmx address, encoded": [
        ("HX-Request", "true"),
        ("HX-Current-URL", "%FF%FE"),
        ("HX-Current-URL-URI-AutoEncoded", "true"),
    ],
    "an htmx target of markup": [("HX-Request", "true"), ("HX-Target", "<script>"), ("HX-Prompt", "%")],
    "a referer that is none": [("Referer", "http://[::1")],
    "an origin that is none": [("Origin", "http://[::1"), ("Sec-Fetch-Site", "none")],
    "a request id of markup": [("X-Request-ID", "<script>" * 50), ("X-Correlation-ID", "{}")],
    "a key of 300 letters": [("Idempotency-Key", "k" * 300)],
    "a key outside ASCII": [("Idempotency-Key", "\xe9")],
    "a forwarded address of 400 digits": [("X-Forwarded-For", "9" * 400), ("X-Real-IP", "' OR 1=1")],
    "two authorizations": [("Authorization", "Bearer x"), ("Authorization", "Basic eA==")],
    "an authorization of bytes": [("Authorization", "Bearer \xff\xfe")],
    "an upgrade": [
        ("Upgrade", "h2c"),
        ("HTTP2-Settings", "AAMAAABkAAQAAP__"),
        ("Connection", "Upgrade, HTTP2-Settings"),
    ],
    "an expectation": [("Expect", "200-ok")],
    "a name with an underscore": [
        ("X_Forwarded_For", "10.0.0.1"),
        ("Remote_Addr", "10.0.0.1"),
        ("Remote_User", "root"),
    ],
    "900 headers": [(f"X-{n}", "a") for n in range(900)],
}
PLACES = (
    "/",
    "/sign-in/",
    "/farm/",
    "/api/v1/farm/resources/",
    "/Ressource",
    "/static/css/atelier.css",
    "/events/",
    "/livez",
)


def attack(school: School, report: Report) -> None:
    for front, port in school.fronts.items():
        alice = school.browser("alice").at(port)
        session = alice.cookies["sessionid"]
        for variant, cookie in COOKIES.items():
            for place in PLACES[:5]:
                lines = [f"GET {place} HTTP/1.1", f"Host: 127.0.0.1:{port}", "Connection: close"]
                raw = "\r\n".join([*lines, f"Cookie: {cookie.replace('{session}', session)}", "", ""])
                _send(report, f"{variant} ({front})", "whoever sends it", port, raw.encode("latin-1"), place)
        for variant, headers in HEADERS.items():
            for place in PLACES:
                _send(report, f"{variant} ({front})", "alice", port, alice.raw("GET", place, b"", headers), place)


def _send(report: Report, variant: str, caller: str, port: int, raw: bytes, place: str) -> None:
    received = answers(exchange(port, raw))
    answer = received[0] if received else NO_ANSWER
    marks = ("<img src=x", "<script>alert(1)", "https://evil.example", "root:x:", *SECRETS.values())
    seen = [mark for mark in marks if mark in answer.text or mark in answer.head]
    effect = f"the answer holds {seen[0]}" if seen else ""
    report.attempt(variant, caller, f"GET {place}", answer, effect=effect, closing_is_refusal=True)
