"""Methods that a page or an API does not offer, and methods hidden in headers and fields."""

from collections.abc import Callable

from proofs.support.attack_report import Report
from proofs.support.attacked_school import SECRETS, School
from proofs.support.raw_http import Caller

METHODS = ("TRACE", "OPTIONS", "HEAD", "PUT", "PATCH", "DELETE", "PROPFIND", "CONNECT", "get", "GET GET")


def attack(school: School, report: Report) -> None:
    rows = school.rows
    effect = _watch(school)
    places = [
        "/",
        "/sign-in/",
        "/account/",
        f"/courses/{rows.course.pk}/",
        f"/courses/{rows.course.pk}/archive/",
        f"/courses/{rows.course.pk}/tasks/{rows.essay.pk}/delete/",
        f"/farm/bookings/{rows.bob_booking.pk}/cancel/",
        f"/api/v1/farm/reservations/{rows.bob_booking.pk}/",
        f"/api/v1/courses/{rows.course.pk}/answers/",
        f"/api/v1/courses/{rows.course.pk}/enrolments/{rows.bob.pk}/",
        f"/Reservation/{rows.bob_booking.pk}",
        "/_git_api",
        "/_http/messages",
        "/_git_hook",
        rows.hook_path,
        "/events/",
        "/static/",
        "/livez",
        "/api/v1/token/",
    ]
    for front, port in school.fronts.items():
        for method in METHODS:
            for place in places:
                caller = school.browser("alice").at(port)
                answer = caller.send(method, place, headers=[("X-Secret-Cookie", "shown-back")])
                shown = "shown-back" in answer.text or SECRETS["essay"] in answer.text
                effects = ["the answer shows what it may not" if shown else "", effect()]
                report.attempt(
                    f"{method} ({front})",
                    caller,
                    f"{method} {place}",
                    answer,
                    effect="; ".join(filter(None, effects)),
                    closing_is_refusal=True,
                )
    hidden: list[tuple[str, Caller, str, list[tuple[str, str]]]] = [
        (
            f"{name} {value}",
            school.program("alice"),
            f"/api/v1/farm/reservations/{rows.bob_booking.pk}/",
            [(name, value)],
        )
        for name in ("X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override")
        for value in ("DELETE", "PATCH")
    ]
    for variant, caller, path, headers in hidden:
        answer = caller.send("POST", path, json={"purpose": "x"}, headers=headers)
        report.attempt(variant, caller, f"POST {path}", answer, effect=effect())
    for field in ("_method", "_method_override", "csrfmiddlewaretoken"):
        alice = school.browser("alice")
        path = f"/farm/bookings/{rows.bob_booking.pk}/"
        answer = alice.send("POST", f"{path}?{field}=DELETE", form={field: "DELETE"})
        report.attempt(f"a field {field}", alice, f"POST {path}", answer, effect=effect())


def _watch(school: School) -> Callable[[], str]:
    from courses.models import Course, Enrolment, Task
    from farm.models import Reservation

    rows = school.rows
    kept = [
        (Reservation, rows.bob_booking.pk),
        (Enrolment, rows.bob.pk),
        (Course, rows.course.pk),
        (Task, rows.essay.pk),
    ]

    def read() -> list[object]:
        return [model.objects.filter(pk=pk).values().first() for model, pk in kept]

    before = read()

    def changes() -> str:
        now = read()
        words = [
            f"{model.__name__} changed" for (model, _pk), old, new in zip(kept, before, now, strict=True) if old != new
        ]
        before[:] = now
        return "; ".join(words)

    return changes
