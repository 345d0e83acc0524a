"""Tries six ways to cheat with dates, and checks the answers of the pages and of the wire to each.

Run it with `make proof NAME=cheating`; `ARGS="--pictures FOLDER"` says where the pictures go. It starts an instance
(`manage.py up`) on the database of DATABASE_URL or on SQLite, and a Git server. Ten students try, with the real git
client over HTTP and with hooks in GitHub's format: a back-dated first import, a copy under a new address, a forged
hook, a forced push, a clock that is ahead, a starter repository alone. An honest student is there for comparison.

For each it prints what the student did, what the pages of the teacher and of the student say in English and French
(read in Chromium), and the answers of the wire. Each is compared with docs/wire.md, "Late, completed, and when". The
exit code is 1 when something differs.
"""

import argparse
import json
import os
import signal
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from bench.support import instance
from kernel.testing.ports import free_port
from proofs.support import cheats
from proofs.support.cheating_class import EXERCISE, CheatingClass
from proofs.support.cheating_pages import LANGUAGES, CheatingPages, pages_of
from proofs.support.cheats import ATTEMPTS, KINDS, Attempt
from proofs.support.from_outside import start_atelier

COMPLETION_EVENTS = ("OnExerciseCompleted", "OnExerciseCompletedUpdate")
OWN_LOOKS = [(1280, "light", "en"), (390, "dark", "fr")]
PICTURED = {1: "alma", 2: "basile", 3: "chloe", 4: "dario", 5: "emil", 6: "farid"}  # the teacher's view of each kind


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pictures", type=Path, help="the folder for the pictures; by default a temporary one")
    arguments = parser.parse_args()
    folder = arguments.pictures or Path(tempfile.mkdtemp(prefix="atelier-cheating-"))
    folder.mkdir(parents=True, exist_ok=True)
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"  # Playwright runs an event loop in this thread
    database = {name: os.environ[name] for name in ("DATABASE_URL", "REDIS_URL") if os.environ.get(name)}
    port = free_port()
    url, began = f"http://127.0.0.1:{port}", time.monotonic()
    with instance.git_server() as server:
        variables = {"GIT_LOCAL_SERVERS": server.host, "DEMO": "0", "PUBLIC_URL": url, **database}
        with instance.atelier(**variables) as here:
            up = start_atelier(here.home, port, variables)
            try:
                differences = run(CheatingClass(here, url, server), folder)
                print(f"{time.monotonic() - began:.0f} s on {instance.database_name()}; pictures in {folder}")
            finally:
                up.send_signal(signal.SIGINT)
                up.wait(60)
    for difference in differences:
        print(f"NOT {difference}")
    print(f"VERDICT: {len(ATTEMPTS)} students, six kinds of cheating, {len(differences)} differences")
    return 1 if differences else 0


def run(school: CheatingClass, folder: Path) -> list[str]:
    """Let everybody cheat, print what is said about it, and return what differs from the rules."""
    school.set_up()
    with pages_of(school, folder) as pages:
        cheats.begin(school)
        school.wait_until_idle()
        pages.take_pictures("0-repositories-to-confirm", "repositories/confirm/")
        school.confirm_all()
        school.wait_until_idle()
        cheats.before_the_deadline(school)
        school.end_the_exercise()
        school.wait_until_late()
        cheats.after_the_deadline(school)
        pages.take_pictures("0-repositories-given-again", "repositories/confirm/")
        school.confirm_all()
        school.wait_until_idle()
        students = [attempt.student for attempt in ATTEMPTS]
        words = {language: pages.words_for_the_teacher(language, students) for language in LANGUAGES}
        differences = []
        for attempt in ATTEMPTS:
            own = {language: pages.words_for_the_student(language, attempt.student) for language in LANGUAGES}
            said = {language: words[language][attempt.student] | own[language] for language in LANGUAGES}
            differences += report(school, attempt, said)
        take_pictures(pages, school)
    return differences


def report(school: CheatingClass, attempt: Attempt, said: dict[str, dict[str, list[str]]]) -> list[str]:
    """Print all about one attempt, and return what differs."""
    print(f"\n{attempt.number}. {KINDS[attempt.number]}: {attempt.student} {attempt.did}")
    for language in LANGUAGES:
        for place, sentences in said[language].items():
            for sentence in sentences or ["(nothing)"]:
                print(f"   {language} {place}: {sentence}")
    late, summary, events, commits = answers_of_wire(school, attempt.student)
    print(f"   wire GetLateStudents: {json.dumps(late)}")
    print(f"   wire GetStudentSummaries: {json.dumps(summary)}")
    for event in events:
        print(f"   wire {event['_C']}: {json.dumps(event)}")
    for commit in commits:
        print(f"   wire GetCommitsForExercise: {json.dumps(commit)}")
    differences = [*page_differences(attempt, said), *wire_differences(school, attempt, late, summary, events)]
    for difference in differences:
        print(f"   NOT {difference}")
    return [f"{attempt.student}: {difference}" for difference in differences]


def page_differences(attempt: Attempt, said: dict[str, dict[str, list[str]]]) -> list[str]:
    """Return what the pages should say about an attempt and do not say."""
    from django.utils import translation

    from courses.rules.statuses import STATUS_BY_KEY

    status, differences = STATUS_BY_KEY[attempt.status], []
    for number, language in enumerate(LANGUAGES):
        with translation.override(language):
            label, word = str(status.label), str(status.word)
        places = {place: " ".join(sentences) for place, sentences in said[language].items()}
        own = word if attempt.status == "removed" else label  # a sentence with both times follows there
        expected = [("matrix", label), ("task", word), ("own page, task", own)]
        teachers = " ".join(text for place, text in places.items() if not place.startswith("own"))
        students = " ".join(text for place, text in places.items() if place.startswith("own"))
        differences += [
            f"{language} {place} does not say “{text}”" for place, text in expected if text not in places[place]
        ]
        for texts, reader, phrases in (
            (teachers, "teacher", attempt.teacher_reads),
            (students, "student", attempt.student_reads),
        ):
            differences += [
                f"{language}: the {reader} does not read “{phrase[number]}”"
                for phrase in phrases
                if phrase[number] not in texts
            ]
    return differences


def answers_of_wire(school: CheatingClass, student: str) -> tuple[bool, Any, list[Any], list[Any]]:
    """Return whether the wire calls the student late, the summary, the events about completion, and the commits."""
    from courses.models import ReceivedEvent

    question = {**school.wire_ids, "exercisePath": EXERCISE, "deadline": school.deadline}
    late = school.program.call("POST", "/_git_api", {"_C": "GetLateStudents", **question})[1]["studentIds"]
    summaries = school.program.call("POST", "/_git_api", {"_C": "GetStudentSummaries", **question})[1]["summaries"]
    about = {"_C": "GetCommitsForExercise", **school.wire_ids, "studentId": student, "exercisePath": EXERCISE}
    commits = school.program.call("POST", "/_git_api", about)[1]["commits"]["value"]
    rows = ReceivedEvent.objects.filter(kind__in=COMPLETION_EVENTS, student_id=student).order_by("pk")
    events = [{"_C": row.kind, **row.body} for row in rows]
    keys = ("commitMessageFirstLine", "timeStamp", "lateTime", "exercisePathIfCompleted", "estimatedEffort")
    return (
        student in late,
        next(summary for summary in summaries if summary["studentId"] == student),
        events,
        [{key: commit[key] for key in keys} for commit in commits],
    )


def wire_differences(
    school: CheatingClass, attempt: Attempt, late: bool, summary: dict[str, Any], events: list[dict[str, Any]]
) -> list[str]:
    """Return where the answers of the wire are not as docs/wire.md has them."""
    expected = {
        "late": attempt.wire.late,
        "exerciseCompleted": attempt.wire.completed,
        "exerciseCompletedBeforeDeadline": attempt.wire.completed_before,
        "unproven": attempt.wire.unproven,
        "counts as": attempt.wire.counts_as,
        "first seen": attempt.wire.seen,
        "still completed": attempt.wire.completed,
    }
    last = events[-1] if events else {}
    found = {
        "late": late,
        "exerciseCompleted": summary["exerciseCompleted"],
        "exerciseCompletedBeforeDeadline": summary["exerciseCompletedBeforeDeadline"],
        "unproven": summary.get("unproven", False),
        "counts as": side(school, last.get("lateTime")),
        "first seen": side(school, last.get("provenTime", last.get("lateTime"))),
        "still completed": bool(last) and last.get("exerciseCompleted") != "False",
    }
    return [
        f"the wire's “{name}” is {found[name]!r}, expected {value!r}"
        for name, value in expected.items()
        if found[name] != value
    ]


def side(school: CheatingClass, moment: int | None) -> str:
    """Return on which side of the deadline a time in epoch seconds lies; a second on it is in time. "" for no time."""
    if moment is None:
        return ""
    return "before" if moment <= school.deadline else "after"


def take_pictures(pages: CheatingPages, school: CheatingClass) -> None:
    """Save the teacher's view of each kind of cheating, the student's own, and the pages about the whole class."""
    pages.take_pictures("0-matrix", "")
    pages.take_pictures("0-task", f"tasks/{school.task.pk}/")
    for number, student in PICTURED.items():
        pages.take_pictures(f"{number}-{student}-for-the-teacher", f"students/{student}/")
        pages.take_pictures(f"{number}-{student}-own", f"students/{student}/", student, OWN_LOOKS)


if __name__ == "__main__":
    sys.exit(main())
