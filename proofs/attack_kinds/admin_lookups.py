"""Staff with few rights try to read the administration through filters, popups, searches, actions and histories."""

from collections.abc import Callable
from typing import Any

from proofs.support.attack_report import Report
from proofs.support.attacked_school import SECRETS, School, wait_until

MARKS = ("argon2$", SECRETS["essay"], SECRETS["hidden"])
LOOKUPS = {
    "a password's beginning": "/admin/accounts/user/?password__startswith=argon2",
    "a password's pattern": "/admin/accounts/user/?password__regex=^argon2",
    "a password through the audit log": "/admin/accounts/auditevent/?actor__password__startswith=argon2",
    "a password through a semester": "/admin/courses/semester/?teacher__password__startswith=argon2",
    "a password through an enrolment": "/admin/courses/enrolment/?person__password__gte=a",
    "a hook's secret": "/admin/gitsync/hookaddress/?secret__startswith=whsec",
    "sessions through a person": "/admin/accounts/user/?session_round__gte=0&outstandingtoken__token__startswith=e",
    "another field in a popup": "/admin/accounts/user/?_popup=1&_to_field=password",
    "a facet": "/admin/accounts/user/?_facets=True&password__isnull=0",
    "a column that is none": "/admin/accounts/user/?o=99.-99.x",
    "page minus one": "/admin/accounts/user/?p=-1&all=1",
    "tokens": "/admin/token_blacklist/outstandingtoken/",
    "sessions": "/admin/sessions/session/",
    "permissions": "/admin/auth/permission/",
    "groups": "/admin/auth/group/",
}
OTHERS = {
    "autocomplete of people": "/admin/autocomplete/?app_label=courses&model_name=semester&field_name=teacher&term=r",
    "autocomplete of a password": "/admin/autocomplete/?app_label=accounts&model_name=user&field_name=password&term=a",
    "autocomplete of another model": "/admin/autocomplete/?app_label=accounts&model_name=auditevent&field_name=actor",
    "the history of a superuser": "/admin/accounts/user/{root}/history/",
    "a superuser's page": "/admin/accounts/user/{root}/change/",
    "an export": "/admin/farm/machine/export.csv",
    "an answer": "/admin/courses/answer/{answer}/change/",
    "the audit log": "/admin/accounts/auditevent/",
    "a shortcut to a person": "/admin/r/{type}/{root}/",
    "the import": "/admin/farm/machine/import/",
}


def attack(school: School, report: Report) -> None:
    from django.contrib.contenttypes.models import ContentType

    rows, root = school.rows, school.people["root"]
    values = {"root": root.pk, "answer": rows.answer.pk, "type": ContentType.objects.get_for_model(root).pk}
    for name in ("sam", "vic", "mara", "tara"):
        caller = school.browser(name)
        for variant, path in LOOKUPS.items():
            answer = caller.send("GET", path)
            seen = [mark for mark in MARKS if mark in answer.text]
            found = "of the field" if "startswith" in path or "regex" in path or "gte=a" in path else ""
            listed = found and answer.status == 200 and "<tbody>" in answer.text
            effect = f"the answer shows {seen[0]}" if seen else f"a list {found} was answered" if listed else ""
            report.attempt(variant, caller, f"GET {path}", answer, effect=effect)
    for name in ("sam", "tara", "alice"):
        caller = school.browser(name)
        for variant, path in OTHERS.items():
            answer = caller.send("GET", path.format(**values))
            effect = "it is shown" if answer.status == 200 else ""
            report.attempt(variant, caller, f"GET {path}", answer, effect=effect)
    _actions(school, report)


def _actions(school: School, report: Report) -> None:
    """Each action of each list, by staff who may only look at the list."""
    from courses.models import Enrolment, OutgoingMessage
    from farm.models import Closure, Machine, Reservation
    from gitsync.models import HookAddress, LocalCopy, OutboxEvent

    work = school.git.create("vics")
    work.commit("Begin", a="x\n")
    work.push()
    body = {"_C": "RegisterGitRepo", "teacherId": "tara", "semesterId": "A2026", "courseId": "Attacked"}
    body |= {"studentId": "bob", "repoPath": "/depot", "repoUrl": school.git.url("vics")}
    school.program("robot").send("POST", "/_git_api", json=body)
    wait_until(lambda: LocalCopy.objects.filter(status="ok", dirty=False).exists() and OutboxEvent.objects.exists())
    wait_until(lambda: not OutboxEvent.objects.filter(delivered_at=None).exists(), 10)
    tables: list[tuple[Any, list[str]]] = [
        (LocalCopy, ["status"]),
        (HookAddress, ["token", "secret"]),
        (OutboxEvent, ["delivered_at", "next_attempt_at", "attempts"]),
        (Machine, ["state", "gpu_count"]),
        (Reservation, ["state", "version", "end"]),
        (Closure, ["end"]),
        (Enrolment, ["commits_stale"]),
        (OutgoingMessage, ["sent_at"]),
        (type(school.people["bob"]), ["session_round", "is_active"]),
    ]
    effect = _watch(tables)
    lists = {
        "gitsync/localcopy": ["sync_now", "pause", "resume"],
        "gitsync/outboxevent": ["send_again"],
        "gitsync/hookaddress": ["renew"],
        "courses/enrolment": ["ask_again"],
        "courses/course": ["rebuild"],
        "courses/outgoingmessage": ["send_again"],
        "accounts/user": ["end_sessions", "delete_selected"],
        "farm/machine": ["close", "drain", "open", "retire", "delete_selected"],
        "farm/closure": ["reopen_chosen"],
        "farm/reservation": ["cancel_chosen", "give_back_chosen", "cancel", "give_back"],
        "courses/semester": ["delete_selected"],
        "courses/extension": ["delete_selected"],
    }
    for name in ("vic", "sam"):
        caller = school.browser(name)
        for place, actions in lists.items():
            for action in actions:
                form = {
                    "action": action,
                    "_selected_action": [str(n) for n in range(1, 12)],
                    "index": "0",
                    "post": "yes",
                }
                answer = caller.send("POST", f"/admin/{place}/", form=form)
                time_for_a_worker = 0.3
                wait_until(lambda: False, time_for_a_worker)
                report.attempt(f"{action} of {place}", caller, f"POST /admin/{place}/", answer, effect=effect())
        machine, booking = school.rows.machine.pk, school.rows.bob_booking.pk
        for path in (
            f"/admin/farm/machine/steps/retire/?ids={machine}",
            f"/admin/farm/machine/steps/drain/?ids={machine}",
            f"/admin/farm/machine/{machine}/change/",
            f"/admin/farm/reservation/{booking}/change/",
            f"/admin/accounts/user/{school.people['bob'].pk}/delete/",
            f"/admin/accounts/user/{school.people['bob'].pk}/password/",
            f"/admin/courses/extension/{school.rows.extension.pk}/delete/",
        ):
            form = {
                "confirm": "1",
                "displace": "1",
                "post": "yes",
                "reason": "x",
                "password1": "chosen-by-vic-1",
                "password2": "chosen-by-vic-1",
                "state": "retired",
            }
            answer = caller.send("POST", path, form=form)
            report.attempt("a step or a form without the right", caller, f"POST {path}", answer, effect=effect())


def _watch(tables: list[tuple[Any, list[str]]]) -> Callable[[], str]:
    def read() -> list[list[Any]]:
        return [list(model.objects.order_by("pk").values_list("pk", *fields)) for model, fields in tables]

    before = read()

    def changes() -> str:
        now = read()
        words = [
            f"rows of {model.__name__} changed"
            for (model, _f), old, new in zip(tables, before, now, strict=True)
            if old != new
        ]
        before[:] = now
        return "; ".join(words)

    return changes
