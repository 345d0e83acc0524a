"""Requests that another site makes a signed-in browser send."""

from proofs.support.attack_report import Report
from proofs.support.attacked_school import School
from proofs.support.raw_http import Answer, Caller, Headers

FOREIGN: Headers = [("Origin", "https://evil.example"), ("Referer", "https://evil.example/page")]
SAME_SITE: Headers = [("Origin", "http://127.0.0.1:9"), ("Referer", "http://127.0.0.1:9/")]


def attack(school: School, report: Report) -> None:
    from farm.models import Reservation

    booking = school.rows.bob_booking
    pages = {
        f"/farm/bookings/{booking.pk}/cancel/": {},
        "/account/": {"first_name": "Owned", "last_name": "Owned", "email": "", "language": "", "zone": ""},
        "/account/sign-out-everywhere/": {},
        f"/courses/{school.rows.course.pk}/tasks/{school.rows.essay.pk}/own/": {"text": "owned"},
    }

    def effect() -> str:
        school.people["bob"].refresh_from_db()
        row = Reservation.objects.get(pk=booking.pk)
        school.rows.answer.refresh_from_db()
        changed = {
            "the booking was cancelled": row.state != booking.state or row.version != booking.version,
            "the name was changed": school.people["bob"].first_name == "Owned",
            "the sessions were ended": school.people["bob"].session_round,
            "the answer was changed": school.rows.answer.text == "owned",
            "a booking was made": Reservation.objects.filter(purpose="owned").exists(),
        }
        return "; ".join(sentence for sentence, is_so in changed.items() if is_so)

    def judge(variant: str, caller: Caller, request: str, answer: Answer) -> None:
        report.attempt(variant, caller, request, answer, effect=effect())

    for front, port in school.fronts.items():
        bob = school.browser("bob").at(port)
        token = ("X-CSRFToken", bob.cookies["csrftoken"])
        tries: dict[str, Headers] = {
            "no token": [],
            "a foreign Origin with the token": [token, *FOREIGN],
            "the same host, another port": [token, *SAME_SITE],
            "Origin null": [token, ("Origin", "null")],
            "a token of another length": [("X-CSRFToken", "a" * 5)],
            "a token of somebody else": [("X-CSRFToken", school.browser("alice").cookies["csrftoken"])],
        }
        for variant, headers in tries.items():
            for path, form in pages.items():
                answer = bob.send("POST", path, form=form, headers=headers, csrf=False)
                judge(f"{variant} ({front})", bob, f"POST {path}", answer)
        for path in (*pages, "/sign-out/"):
            judge(f"GET with an effect ({front})", bob, f"GET {path}?text=owned", bob.send("GET", f"{path}?text=owned"))
        still = bob.send("GET", "/farm/bookings/")
        report.attempt(
            f"the session lives on ({front})", bob, "GET /farm/bookings/", still,
            effect="" if still.status == 200 else "the session has ended",
        )  # fmt: skip
        _programs(school, judge, bob, front)
    _sign_in(school, report)


def _programs(school: School, judge: "object", bob: Caller, front: str) -> None:
    """The APIs and both wires, with the cookie of a person."""
    start, end = "2031-02-01T09:00:00Z", "2031-02-01T10:00:00Z"
    api = b'{"start": "%s", "end": "%s", "lines": [], "purpose": "owned"}' % (start.encode(), end.encode())
    wire = b'{"date_debut": "2031-02-01 09:00:00", "date_fin": "2031-02-01 10:00:00"}'
    git = b'{"_C": "DeleteGitRepo", "teacherId": "tara", "semesterId": "A2026", "courseId": "Attacked", '
    git += b'"studentId": "bob", "repoPath": "/depot", "repoUrl": "https://git.example/a/b"}'
    bodies = {"/api/v1/farm/reservations/": api, "/Reservation": wire, "/_git_api": git}
    text, formed = ("Content-Type", "text/plain"), ("Content-Type", "application/x-www-form-urlencoded")
    json: tuple[str, str] = ("Content-Type", "application/json")
    tries: dict[str, Headers] = {
        "JSON as text/plain": [text, *FOREIGN],
        "JSON as a form": [formed, *FOREIGN],
        "JSON with a foreign Origin": [json, *FOREIGN],
        "another scheme beside the cookie": [json, ("Authorization", "Basic Ym9iOng=")],
        "an empty bearer beside the cookie": [json, ("Authorization", "Bearer")],
        "a wrong bearer beside the cookie": [json, ("Authorization", "Bearer a.b.c")],
        "a method in a header": [json, ("X-HTTP-Method-Override", "DELETE")],
    }
    for variant, headers in tries.items():
        for path, body in bodies.items():
            answer = bob.send("POST", path, body, headers=headers, csrf=False)
            judge(f"{variant} ({front})", bob, f"POST {path}", answer)  # type: ignore[operator]
    alice = Caller("alice's bearer, bob's cookie", bob.port, bearer=school.here.bearer("alice"))
    alice.cookies = dict(bob.cookies)
    path = f"/api/v1/farm/reservations/{school.rows.bob_booking.pk}/cancel/"
    answer = alice.send("POST", path, csrf=False)
    judge(f"a bearer beside another's cookie ({front})", alice, f"POST {path}", answer)  # type: ignore[operator]


def _sign_in(school: School, report: Report) -> None:
    """A site that signs a visitor in under its own account, to watch what they do."""
    visitor = school.stranger()
    form = {"username": "alice", "password": "a-proof-of-the-farm"}
    answer = visitor.send("POST", "/sign-in/", form=form, headers=FOREIGN)
    effect = "the visitor is signed in" if "sessionid" in visitor.cookies else ""
    report.attempt("sign-in by another site", visitor, "POST /sign-in/", answer, effect=effect)
    visitor.cookies = {"sessionid": "chosen-by-the-attacker-0123456789ab"}
    visitor.send("GET", "/sign-in/")
    answer = visitor.send("POST", "/sign-in/", form=form)
    kept = visitor.cookies.get("sessionid") == "chosen-by-the-attacker-0123456789ab"
    effect = "the session keeps the name that the attacker chose" if kept else ""
    report.attempt("a session chosen before", visitor, "POST /sign-in/ with a sessionid", answer, effect=effect)
