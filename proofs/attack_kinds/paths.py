"""Paths that try to leave a folder or an area with other permissions."""

from proofs.support.attack_report import Report
from proofs.support.attacked_school import SECRETS, School
from proofs.support.raw_http import NO_ANSWER, answers, exchange

MARKS = ("root:x:", "DJANGO_SETTINGS", "SECRET_KEY", "Site administration", *SECRETS.values())
UP = {
    "dots": "/static/../config/settings.py",
    "encoded dots": "/static/%2e%2e/%2e%2e/config/settings.py",
    "encoded slashes": "/static/..%2f..%2fconfig%2fsettings.py",
    "twice encoded": "/static/%252e%252e%252fconfig/settings.py",
    "backslashes": "/static/..%5c..%5cconfig%5csettings.py",
    "overlong UTF-8": "/static/%c0%ae%c0%ae/%c0%ae%c0%ae/etc/passwd",
    "an absolute path": "/static//etc/passwd",
    "NUL": "/static/css/%00../../../etc/passwd",
    "half a letter": "/static/%e2%82/x.css",
    "a database in the data folder": "/static/../atelier.sqlite3",
    "a hook's token and up": "/hooks/{token}/../../admin/",
    "a hook's token and NUL": "/hooks/{token}%00/",
    "a hook's token, overlong": "/hooks/" + "%c0%af" * 40 + "/",
    "beside the stream": "/events/../admin/",
    "beside the stream, encoded": "/events/%2e%2e/admin/",
    "two slashes": "//admin/",
    "a dot": "/./admin/",
    "a parameter of the path": "/admin;/x/",
    "letter case": "/ADMIN/",
}
AS_ALICE = {
    "another student and up": "/courses/{course}/students/alice/..%2f..%2froster/",
    "another student, NUL": "/courses/{course}/students/bob%00/",
    "another student, slash": "/courses/{course}/students/bob%2f/",
    "another student, case": "/courses/{course}/students/BOB/",
    "another student, space": "/courses/{course}/students/bob%20/",
    "another student, full width": "/courses/{course}/students/%ef%bd%82%ef%bd%8f%ef%bd%82/",
    "another student, dots before": "/courses/{course}/students/alice/../bob/",
    "a course of 19 digits": "/courses/9999999999999999999/",
    "a course of 5,000 digits": f"/courses/{'9' * 5000}/",
    "a course in Arabic digits": "/courses/%d9%a1/roster/",
}
RAW = {
    "bytes outside ASCII": b"GET /\xff\xfe\xfd HTTP/1.1",
    "a letter outside ASCII": "GET /farm/é/ HTTP/1.1".encode(),
    "a tab": b"GET /farm\t/ HTTP/1.1",
    "70 kB": b"GET /" + b"a" * 70_000 + b" HTTP/1.1",
    "only a star": b"GET * HTTP/1.1",
    "a host and a port": b"CONNECT 127.0.0.1:22 HTTP/1.1",
    "no slash": b"GET farm/ HTTP/1.1",
    "another version": b"GET / HTTP/9.9",
    "a method of bytes": b"G\x00T / HTTP/1.1",
    "a fragment": b"GET /#/../admin/ HTTP/1.1",
}


def attack(school: School, report: Report) -> None:
    rows = school.rows
    token = rows.hook_path.strip("/").split("/")[-1]
    for front, port in school.fronts.items():
        for paths, caller in ((UP, school.stranger().at(port)), (AS_ALICE, school.browser("alice").at(port))):
            for variant, path in paths.items():
                target = path.format(token=token, course=rows.course.pk)
                answer = caller.send("GET", target)
                report.attempt(f"{variant} ({front})", caller, f"GET {target}", answer, effect=_seen(answer.text))
        for variant, line in RAW.items():
            head = b"\r\nHost: 127.0.0.1:%d\r\nConnection: close\r\n\r\n" % port
            received = answers(exchange(port, line + head))
            answer = received[0] if received else NO_ANSWER
            report.attempt(
                f"{variant} ({front})", "stranger", line.decode("latin-1"), answer,
                effect=_seen(answer.text), closing_is_refusal=True,
            )  # fmt: skip


def _seen(text: str) -> str:
    found = [mark for mark in MARKS if mark in text]
    return f"the answer shows {found[0]}" if found else ""
