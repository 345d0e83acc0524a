#!/usr/bin/env python3
"""The ZIP of the files of a class of 120 students, made by a process as a worker makes it, while pages are read.

Each student has 60 source files and 2 MB that cannot be compressed; one has a file of 49 MB, nearly the largest that a
ZIP takes. Memory is what the process needs at most beyond what it has before, from Linux (VmHWM of /proc/self/status).
It is compared with the ZIP of 30 of the students: memory may not grow with the class. The page of the task is read once
after the other meanwhile, and compared with the same page while no ZIP is made.
"""

import os
import random
import shutil
import statistics
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any

from bench.support import figures, instance, repositories
from bench.support.figures import Figure
from kernel.testing import child_processes

STUDENTS, FEW = 120, 30
FILES, BINARY, LARGE = 60, 2_000_000, 49_000_000
MOST_MB = 200
PAGES = 40  # read while no ZIP is made


def measure(atelier: instance.Atelier) -> list[Figure]:
    course, task = new_class(atelier)
    groups = {group.title: frozenset({group.pk}) for group in course.groups.all()}
    small = make(atelier, ask(course, task, groups["few"]))
    with atelier.production() as server:
        address = f"{server.url}/courses/{course.pk}/tasks/{task.pk}/"
        cookie = atelier.cookie(course.teacher.username)
        read(address, cookie)
        alone = [read(address, cookie) for _ in range(PAGES)]
        process = start(atelier, ask(course, task, None))
        beside = []
        while process.poll() is None:
            beside.append(read(address, cookie))
        large = report_of(process)
    size, took = size_and_seconds(course)
    page, page_alone = (statistics.median(times) * 1000 for times in (beside, alone))
    growth = large / max(small, 1)
    return [
        Figure(
            f"memory of the ZIP of {STUDENTS} students, {size / 1e6:.0f} MB in {took:.0f} s",
            f"{large:.0f} MB more at most",
            f"the ZIP of {FEW} of them, with the largest file: {small:.0f} MB",
            f"{growth:.2f}x",
            f"<= 1.3x, <= {MOST_MB} MB",
            growth <= 1.3 and large <= MOST_MB,
        ),
        Figure(
            f"page of the task while this ZIP is made, {len(beside)} times, the slowest {max(beside) * 1000:.0f} ms",
            f"{page:.0f} ms",
            f"while no ZIP is made: {page_alone:.0f} ms",
            f"{page / page_alone:.2f}x",
            "<= 3x",
            page <= 3 * page_alone,
        ),
    ]


def new_class(atelier: instance.Atelier) -> tuple[Any, Any]:
    """Make a course whose students have pushed, and whose repositories were read. Return it and its exercise."""
    from courses.domain import course_tasks, courses, roster, student_repositories
    from gitsync.models import Registration
    from gitsync.tests import builders

    teacher = atelier.person("ada", kind="teacher")
    course = courses.create_course(teacher, teacher, semester_id="H2027", course_id="Zips", title="Zips")
    course_tasks.add_task(teacher, course, path="/depot", title="Repository", asks_for="repository")
    task = course_tasks.add_task(teacher, course, path="/tp1", title="Lists", repo_path="/depot")
    root = atelier.home / "repositories"
    ordinary, heavy = new_repository(root / "ordinary.git", BINARY), new_repository(root / "heavy.git", LARGE)
    server = repositories.start_server(root)
    for number in range(STUDENTS):
        name = f"s{number:03}"
        atelier.person(name)
        student = roster.enrol(teacher, course, username=name, group_id="few" if number < FEW else "others")
        shutil.copytree(ordinary if number else heavy, root / f"{name}.git")
        student_repositories.give_repository(student.person, student, repo_path="/depot", url=server.url(name))
    Registration.objects.update(confirmed=True)
    for registration in Registration.objects.order_by("pk"):
        builders.sync_now(registration)
    server.close()
    course.groups.filter(group_id="few").update(title="few")
    return course, task


def new_repository(bare: Path, size: int) -> Path:
    """Make a repository with one commit: FILES source files, and one of `size` bytes that cannot be compressed."""
    chance = random.Random(size)
    lines = "".join(f"    int line{number} = {chance.randrange(10**6)};\n" for number in range(200)).encode()
    parts = [b"commit refs/heads/main\ncommitter Bob <b@school.example> %d +0000\ndata 0\n" % repositories.START]
    for number in range(FILES):
        parts.append(b"M 100644 inline tp1/Main%d.java\ndata %d\n%s\n" % (number, len(lines), lines))
    parts.append(b"M 100644 inline tp1/film.bin\ndata %d\n" % size + chance.randbytes(size) + b"\n")
    bare.mkdir(parents=True)
    repositories.git("init", "-q", "--bare", "-b", "main", cwd=bare)
    repositories.git("fast-import", "--quiet", cwd=bare, data=b"".join(parts))
    return bare


def ask(course: Any, task: Any, limit: frozenset[int] | None) -> int:
    from courses.domain import work_zips

    row = work_zips.ask(course.teacher, task, choice="deadline" if limit else "latest", limit=limit)
    return int(row.pk)


def start(atelier: instance.Atelier, pk: int) -> "subprocess.Popen[str]":
    """Start the process that makes this ZIP."""
    command = [sys.executable, "-m", "bench.zips", str(pk)]
    output: dict[str, Any] = {"stdout": subprocess.PIPE, "text": True}
    process: subprocess.Popen[str] = child_processes.start(
        command, cwd=instance.ROOT, env=os.environ | atelier.variables, **output
    )
    return process


def make(atelier: instance.Atelier, pk: int) -> float:
    return report_of(start(atelier, pk))


def report_of(process: "subprocess.Popen[str]") -> float:
    """Return the memory in MB that the process needed beyond that of its start."""
    out, _errors = process.communicate()
    assert process.returncode == 0, out
    return float(out.split()[-1])


def size_and_seconds(course: Any) -> tuple[int, float]:
    from courses.models import WorkZip

    row: Any = WorkZip.objects.get(task__course=course, choice="latest")
    assert (row.state, row.folders_done, row.left_out, row.without_work) == ("ready", STUDENTS, 0, 0), row.state
    return row.size, (row.ready_at - row.asked_at).total_seconds()


def read(address: str, cookie: str) -> float:
    """Return the seconds in which the page was read."""
    began = time.perf_counter()
    with urllib.request.urlopen(urllib.request.Request(address, headers={"Cookie": cookie}), timeout=60) as page:
        assert page.status == 200
        page.read()
    return time.perf_counter() - began


def run(pk: int) -> int:
    """Make a ZIP in this process, and print the MB that it needed beyond those of before. Return the exit code."""
    with instance.atelier(Path(os.environ["ATELIER_HOME"]), prepare=False):
        from courses.domain import work_zip_making
        from courses.models import WorkZip

        WorkZip.objects.count()
        Path("/proc/self/clear_refs").write_text("5")  # the peak begins again (man 5 proc)
        before = peak_megabytes()
        work_zip_making.make(pk)
        print(peak_megabytes() - before, flush=True)
    return 0


def peak_megabytes() -> float:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024


if __name__ == "__main__":
    sys.exit(run(int(sys.argv[1])) if len(sys.argv) > 1 else figures.main(measure))
