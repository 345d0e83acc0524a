"""A Git module here, a dashboard there, against one Atelier alone: `make proof NAME=two-installations`.

Three instances are started: one alone, one that is only a Git module (it tells its events to the dashboard), and one
that is only a dashboard (it sends the contract's messages to the Git module). Whoever watches sets the same course up
on the one alone and on the dashboard, gives the same repositories, posts the same hooks: clones, pushes, a forced
push, a repository that cannot be read, another that is replaced, tasks changed, added and deleted. At the end both
dashboards must show the same: the JSON of the API and every value of the matrix, cell by cell, and the rows below it.
"""

import argparse
import contextlib
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from proofs.support.from_outside import claim, differing, free_port, leaves, manage, next_second, start_atelier
from proofs.support.scripted_school import NAMES, Instance, School

# What the dashboard holds and shows, without keys and without the moments at which it heard.
VALUES = """
import json
from datetime import datetime
from django.utils import timezone
from courses.pages.matrix import build_matrix
from courses.pages.matrix_filters import MatrixFilters
from courses.models import Activity, Course, Progress, ReceivedEvent, StudentRepository
course = Course.objects.get()
matrix = build_matrix(course, MatrixFilters(), timezone.now(), efforts=True)
cells = {f"{row.enrolment.person.username} {cell.node.task.path}":
    [cell.status.key, cell.effort, str(cell.due), cell.node.number] for row in matrix.rows for cell in row.cells}
heads = {column.node.task.path: [dict(column.counts), column.bars, column.current, column.finished]
    for column in matrix.columns}
rows = {row.enrolment.person.username: [row.name, str(row.last_push), row.spark, len(row.student.failing)]
    for row in matrix.rows}
below = {
    "activity": Activity.objects.order_by("enrolment__person__username", "commit_id", "exercise_path").values_list(
        "enrolment__person__username", "commit_id", "exercise_path", "at", "effort", "completes", "subject"),
    "progress": Progress.objects.order_by("enrolment__person__username", "task__path").values_list(
        "enrolment__person__username", "task__path", "state", "effort", "last_activity", "completed_time"),
    "repositories": StudentRepository.objects.order_by("enrolment__person__username").values_list(
        "enrolment__person__username", "repo_path", "url", "state", "reason"),
    "problems": ReceivedEvent.objects.exclude(problem="").order_by("kind").values_list("kind", "problem"),
}
whole = {"cells": cells, "heads": heads, "rows": rows, "look": [matrix.students, matrix.never_pushed, matrix.overdue]}
print(json.dumps(whole | {name: [list(row) for row in value] for name, value in below.items()}))
"""
EVENTS = """
import json
from courses.models import ReceivedEvent
said = {}
for row in ReceivedEvent.objects.order_by("pk"):
    said.setdefault(row.body.get("studentId"), []).append(row.kind)
print(json.dumps(said))
"""


def main() -> int:
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
    from bench.support import instance

    with (
        tempfile.TemporaryDirectory(prefix="atelier-two-", ignore_cleanup_errors=True) as folder,
        instance.git_server() as server,
        started(Path(folder), server.host) as (alone, module, dashboard),
    ):
        show(server, alone, module, dashboard)
    print("VERDICT: two instances over the wire show what one alone shows")
    return 0


@contextlib.contextmanager
def started(folder: Path, git_host: str) -> Iterator[tuple[Instance, Instance, Instance]]:
    """The three instances, each with a bearer of its own for who drives it, the two with one for each other."""
    alone, module, dashboard = (Instance(name, folder / name, free_port()) for name in ("alone", "module", "dashboard"))
    for one in (alone, module, dashboard):
        one.home.mkdir()
        manage(one.home, "prepare")
        one.token = manage(one.home, "service_token", "driver").strip()
    to_dashboard = manage(dashboard.home, "service_token", "git-module").strip()
    to_module = manage(module.home, "service_token", "dashboard").strip()
    variables = {
        "alone": {"GIT_LOCAL_SERVERS": git_host},
        "module": {"GIT_LOCAL_SERVERS": git_host, "DASHBOARD_URL": dashboard.url, "DASHBOARD_TOKEN": to_dashboard},
        "dashboard": {"GIT_LOCAL_SERVERS": git_host, "GIT_MODULE_URL": module.url, "GIT_MODULE_TOKEN": to_module},
    }
    processes = []
    try:
        for one in (alone, module, dashboard):
            processes.append(start_atelier(one.home, one.port, variables[one.name]))
        yield alone, module, dashboard
    finally:
        for process in processes:
            process.send_signal(signal.SIGINT)
        for process in processes:
            process.wait(60)


def show(server: Any, alone: Instance, module: Instance, dashboard: Instance) -> None:
    works = {name: server.create(name) for name in NAMES if name not in ("noa", "sam")}
    for number, (name, work) in enumerate(works.items()):
        work.commit("Début", depot="x\n", ex1__Main_txt="a\n" * (number + 1))
        work.commit("Exercice 1 fini", at=1_780_000_000 + number, ex1__Main_txt="b\n" * (number + 3))
        work.commit(f"Essai {name}", ex2__Main_txt="c\n", ancien__Main_txt="d\n")
        work.push()
    school = School(server, [alone, dashboard], hooks=[alone, module])
    school.set_up()
    school.quiet(alone, module, dashboard, "six students, five repositories, one that cannot be read")
    for turn in (2, 3):
        for name, work in works.items():
            next_second()
            work.commit(f"Exercice {turn} fini", at=int(time.time()), **{f"ex{turn}__{name}_txt": "e\n" * turn})
            work.push()
            school.hook(name, work.head())
        school.quiet(alone, module, dashboard, f"a push of each, Exercice {turn}")
    mei = works["mei"]
    mei.git("reset", "-q", "--hard", "HEAD~2")
    next_second()
    mei.commit("Exercice 3 fini, autrement", at=int(time.time()), ex3__Autre_txt="f\n")
    mei.push("-f", "origin", "HEAD")
    school.hook("mei", mei.head())
    school.quiet(alone, module, dashboard, "a forced push that takes Exercice 2 back")
    school.give("jorg", "ada")
    school.quiet(alone, module, dashboard, "a student's repository replaced by another")
    # One after the other: messages that wait together are followed up by one re-match, which tells of all at once.
    school.change("/depot/ex4", source_folder_path="/ancien", completion_keywords="Essai")
    school.quiet(alone, module, dashboard, "an exercise with another folder and other words: matched anew")
    school.change("/depot/ex2", completion_keywords="Rien de tel")
    school.quiet(alone, module, dashboard, "an exercise whose words nobody wrote: matched anew")
    school.add({"path": "/depot/ex7", "title": "Début", "source_folder_path": "/ex2"})
    school.quiet(alone, module, dashboard, "an exercise added: matched anew")
    school.delete("/depot/ex6")
    school.quiet(alone, module, dashboard, "an exercise deleted: matched anew")
    compare(alone, module, dashboard, school)


def compare(alone: Instance, module: Instance, dashboard: Instance, school: School) -> None:
    print("One alone against two over the wire")
    ours, theirs = school.matrix(alone), school.matrix(dashboard)
    equal(
        f"the API's matrix: {len(ours['rows'])} students, {sum(len(row['cells']) for row in ours['rows'])} cells",
        ours,
        theirs,
    )
    ours, theirs = alone.shell(VALUES), dashboard.shell(VALUES)
    for name in ours:
        equal(f"{name}: {len(ours[name])}", ours[name], theirs[name])
    states = sorted({cell[0] for cell in ours["cells"].values()})
    claim(len(states) >= 4, f"the cells are not all alike: {', '.join(states)}")
    ours, theirs = alone.shell(EVENTS), dashboard.shell(EVENTS)
    count = sum(len(kinds) for kinds in ours.values())
    equal(f"events received, by student in order: {count}", ours, theirs)


def equal(what: str, ours: Any, theirs: Any) -> None:
    different = [*differing(theirs, ours), *differing(ours, theirs)]
    number = sum(1 for _ in leaves(ours))
    claim(not different, f"{what} ({number} values) equal" + "".join(f"\n         {one}" for one in different[:10]))


if __name__ == "__main__":
    sys.exit(main())
