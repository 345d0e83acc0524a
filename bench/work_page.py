#!/usr/bin/env python3
"""The page of a student's files, compared with git itself: `git log --numstat`, `git show` and `git diff`.

A student has pushed 1,000 commits; half of them are before the deadline. The page shows a file at the deadline with its
colours, the commits with their lines, and what came after. git is started for the same: the log of the folder with its
line counts, the file at the commit, and the diff of the folder between both commits. Both are measured in wall time, in
turn. The page reads the commits from the database, draws the colours, and checks the permissions of the reader.

A page with a file of 5,000 lines, of which it shows the first 500, is measured beside `git show` of that file.
"""

import sys
from datetime import UTC, datetime
from typing import Any

from bench.support import figures, instance, repositories
from bench.support.figures import Figure

COMMITS, FILES, LINES = 1_000, 200, 5_000
FOLDER, REPO_PATH = "tp1/exercice1", "/depot"


def measure(atelier: instance.Atelier) -> list[Figure]:
    from django.test import Client

    from courses.domain import course_tasks, courses, roster
    from courses.git.git_module import wire_ids
    from courses.pages.work import build_work_page
    from courses.pages.work_query import WorkQuery
    from gitsync.models import CourseKey, Registration
    from gitsync.reading.colours import PROCESS
    from gitsync.tests import builders

    root = atelier.home / "repositories"
    bare = root / "alice.git"
    generated = repositories.GeneratedRepository(bare, 1, files=FILES)
    generated.add_commits(COMMITS)
    head = add_long_file(bare)
    server = repositories.start_server(root)
    teacher, alice = atelier.person("nadia", kind="teacher"), atelier.person("alice")
    course = courses.create_course(teacher, teacher, semester_id="H2027", course_id="Work", title="Work")
    course_tasks.add_task(None, course, path=REPO_PATH, title="Depot", asks_for="repository")
    deadline = datetime.fromtimestamp(repositories.START + COMMITS * 30, UTC)
    task = course_tasks.add_task(None, course, path=f"/{FOLDER}", repo_path=REPO_PATH, deadline=deadline)
    roster.enrol(None, course, username="alice", group_id="A1")
    registration = builders.registration(server.url("alice"), "alice", repo_path=REPO_PATH)
    Registration.objects.update(course=CourseKey.objects.get(**wire_ids(course).lookups()))
    registration.refresh_from_db()
    builders.sync_now(registration)
    client = Client(headers={"host": "127.0.0.1"})
    client.force_login(teacher, backend="django.contrib.auth.backends.ModelBackend")
    address = f"/courses/{course.pk}/tasks/{task.pk}/work/alice/"

    def page(**query: str) -> Any:
        answer = client.get(address, query)
        assert answer.status_code == 200
        return answer

    enrolment = course.enrolments.select_related("course__semester__teacher", "person", "group").get(person=alice)

    def shown_page(**query: str) -> Any:
        return build_work_page(enrolment, task, datetime.now(UTC), WorkQuery(**query))

    shown = shown_page()
    assert shown.file.has_colours
    assert shown.compared
    at_deadline, file = shown.commit.sha, shown.file.name
    long_file = f"{FOLDER}/Long.java"
    assert shown_page(state="now", file_name=long_file).file.hidden_lines == LINES - 500

    def git_page() -> None:
        repositories.git("log", "--numstat", "--no-renames", "--format=%H %ct %s", "main", "--", FOLDER, cwd=bare)
        repositories.git("show", f"{at_deadline}:{file}", cwd=bare)
        repositories.git("diff", at_deadline, head, "--", file, cwd=bare)

    rows = [
        compare(f"a file at the deadline, {COMMITS:,} commits", page, git_page, "git log --numstat, show, diff"),
        compare(
            "everything after the deadline",
            lambda: page(state="after"),
            lambda: repositories.git("diff", at_deadline, head, "--", FOLDER, cwd=bare),
            "git diff",
            most=None,
        ),
        compare(
            f"500 of {LINES:,} lines",
            lambda: page(state="now", file=long_file),
            lambda: repositories.git("show", f"{head}:{long_file}", cwd=bare),
            "git show",
            most=None,
        ),
    ]
    PROCESS.stop()
    server.close()
    return rows


def compare(what: str, ours: Any, peer: Any, name: str, most: float | None = 4) -> Figure:
    took, limit = figures.medians_ms(ours, peer, 15)
    return Figure(
        f"the page of a student's files: {what}",
        f"{took:.1f} ms",
        f"{name}: {limit:.1f} ms",
        f"{took / limit:.1f}x",
        f"<= {most:g}x" if most else "-",
        most is None or took <= most * limit,
    )


def add_long_file(bare: Any) -> str:
    """Add a commit with a file of LINES lines, and return its sha."""
    text = "".join(f"    int line{number} = {number}; // a comment\n" for number in range(LINES))
    at = repositories.START + COMMITS * 60
    commands = f"commit refs/heads/main\ncommitter Bob <bob@school.example> {at} +0100\ndata 4\nlong\n"
    commands += f"from refs/heads/main^0\nM 100644 inline {FOLDER}/Long.java\ndata {len(text)}\n{text}\n"
    repositories.git("fast-import", "--quiet", "--force", cwd=bare, data=commands.encode())
    return repositories.git("rev-parse", "main", cwd=bare).decode().strip()


if __name__ == "__main__":
    sys.exit(figures.main(measure))
