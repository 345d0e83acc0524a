"""A Git module and a dashboard in two instances show the same as a single instance.

Run it with `make proof NAME=two-installations`. It starts three instances: a single one; one that is only a Git module
and sends its events to the dashboard; and one that is only a dashboard and sends the messages of the contract to the
Git module. The proof creates the same course in the single instance and in the dashboard, gives the same repositories
and sends the same webhooks: first synchronizations, pushes, a forced push, a repository that cannot be read, another
one that is replaced, tasks that are changed, added and deleted. At the end both dashboards must show the same: the JSON
of the API, every value of the matrix, and the rows behind it.
"""

import argparse
import contextlib
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from kernel.testing import child_processes
from kernel.testing.ports import free_port
from proofs.support.from_outside import check, differing, leaves, manage, next_second, start_atelier
from proofs.support.scripted_school import NAMES, Instance, School

# A script for the dashboard. It prints as JSON what the dashboard stores and shows, without keys and times of receipt.
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
# A script that prints as JSON the kinds of the received events of each student, in order.
EVENTS = """
import json
from courses.models import ReceivedEvent
kinds = {}
for row in ReceivedEvent.objects.order_by("pk"):
    kinds.setdefault(row.body.get("studentId"), []).append(row.kind)
print(json.dumps(kinds))
"""


def main() -> int:
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
    from bench.support import instance

    with (
        child_processes.temporary_folder("atelier-two-") as folder,
        instance.git_server() as server,
        three_instances(Path(folder), server.host) as (single, module, dashboard),
    ):
        run(server, single, module, dashboard)
    print("VERDICT: two instances over the wire show the same as a single one")
    return 0


@contextlib.contextmanager
def three_instances(folder: Path, git_host: str) -> Iterator[tuple[Instance, Instance, Instance]]:
    """Start the three instances.

    Each has a token for this proof. The two that work together have a token for each other.
    """
    names = ("single", "module", "dashboard")
    single, module, dashboard = (Instance(name, folder / name, free_port()) for name in names)
    for instance in (single, module, dashboard):
        instance.home.mkdir()
        manage(instance.home, "prepare")
        instance.token = manage(instance.home, "service_token", "driver").strip()
    to_dashboard = manage(dashboard.home, "service_token", "git-module").strip()
    to_module = manage(module.home, "service_token", "dashboard").strip()
    variables = {
        "single": {"GIT_LOCAL_SERVERS": git_host},
        "module": {"GIT_LOCAL_SERVERS": git_host, "DASHBOARD_URL": dashboard.url, "DASHBOARD_TOKEN": to_dashboard},
        "dashboard": {"GIT_LOCAL_SERVERS": git_host, "GIT_MODULE_URL": module.url, "GIT_MODULE_TOKEN": to_module},
    }
    processes = []
    try:
        for instance in (single, module, dashboard):
            processes.append(start_atelier(instance.home, instance.port, variables[instance.name]))
        yield single, module, dashboard
    finally:
        for process in processes:
            process.send_signal(signal.SIGINT)
        for process in processes:
            process.wait(60)


def run(server: Any, single: Instance, module: Instance, dashboard: Instance) -> None:
    """Do the same in both installations, step by step, and compare them at the end."""
    works = {name: server.create(name) for name in NAMES if name not in ("noa", "sam")}
    for number, (name, work) in enumerate(works.items()):
        work.commit("Début", depot="x\n", ex1__Main_txt="a\n" * (number + 1))
        work.commit("Exercice 1 fini", at=1_780_000_000 + number, ex1__Main_txt="b\n" * (number + 3))
        work.commit(f"Essai {name}", ex2__Main_txt="c\n", ancien__Main_txt="d\n")
        work.push()
    instances = [single, module, dashboard]
    school = School(server, [single, dashboard], git_modules=[single, module])
    school.set_up()
    school.wait_until_idle(instances, "six students, five repositories, one that cannot be read")
    for turn in (2, 3):
        for name, work in works.items():
            next_second()
            work.commit(f"Exercice {turn} fini", at=int(time.time()), **{f"ex{turn}__{name}_txt": "e\n" * turn})
            work.push()
            school.send_hook(name, work.head())
        school.wait_until_idle(instances, f"a push to each repository, Exercice {turn}")
    mei = works["mei"]
    mei.git("reset", "-q", "--hard", "HEAD~2")
    next_second()
    mei.commit("Exercice 3 fini, autrement", at=int(time.time()), ex3__Autre_txt="f\n")
    mei.push("-f", "origin", "HEAD")
    school.send_hook("mei", mei.head())
    school.wait_until_idle(instances, "a forced push that removes Exercice 2")
    school.give_repository("jorg", "ada")
    school.wait_until_idle(instances, "a student's repository replaced by another")
    # One after the other, because messages that wait together cause only one new match and one set of events.
    school.change_task("/depot/ex4", source_folder_path="/ancien", completion_keywords="Essai")
    school.wait_until_idle(instances, "an exercise with another folder and other keywords: matched again")
    school.change_task("/depot/ex2", completion_keywords="Rien de tel")
    school.wait_until_idle(instances, "an exercise with keywords that no message contains: matched again")
    school.add_task({"path": "/depot/ex7", "title": "Début", "source_folder_path": "/ex2"})
    school.wait_until_idle(instances, "an exercise added: matched again")
    school.delete_task("/depot/ex6")
    school.wait_until_idle(instances, "an exercise deleted: matched again")
    compare(single, dashboard, school)


def compare(single: Instance, dashboard: Instance, school: School) -> None:
    """Check that both dashboards have the same matrix, values and received events."""
    print("The single instance compared with the dashboard of the two")
    ours, theirs = school.matrix(single), school.matrix(dashboard)
    check_equal(
        f"the API's matrix: {len(ours['rows'])} students, {sum(len(row['cells']) for row in ours['rows'])} cells",
        ours,
        theirs,
    )
    ours, theirs = single.shell(VALUES), dashboard.shell(VALUES)
    for name in ours:
        check_equal(f"{name}: {len(ours[name])}", ours[name], theirs[name])
    states = sorted({cell[0] for cell in ours["cells"].values()})
    check(len(states) >= 4, f"the cells have several states: {', '.join(states)}")
    ours, theirs = single.shell(EVENTS), dashboard.shell(EVENTS)
    count = sum(len(kinds) for kinds in ours.values())
    check_equal(f"events received, by student in order: {count}", ours, theirs)


def check_equal(name: str, ours: Any, theirs: Any) -> None:
    """Check that two JSON values are equal, and print up to ten differences."""
    different = [*differing(theirs, ours), *differing(ours, theirs)]
    number = sum(1 for _ in leaves(ours))
    check(
        not different,
        f"{name} ({number} values) equal" + "".join(f"\n         {difference}" for difference in different[:10]),
    )


if __name__ == "__main__":
    sys.exit(main())
