#!/usr/bin/env python3
"""Every file of a large course opens in openpyxl and LibreOffice, and no name in it is run as a formula.

Run it with `make proof NAME=exports`. A course of 1,000 students and 60 tasks has names, titles and messages that begin
as formulas do. Each table is exported over HTTP as CSV and XLSX, in English and in French, and opened again: no cell
may be a formula, and all rows must be there. As a control, LibreOffice opens a CSV file whose formula is not escaped,
and must find it. Then it measures the memory in which the writers work, for 1,000 and for 20,000 rows of 60 cells: it
must not grow with the rows. LibreOffice needs `apt-get install libreoffice-calc-nogui`.
"""

import argparse
import io
import sys
import time
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openpyxl

from bench.support import instance
from bench.support.course_history import new_course
from kernel.testing import child_processes
from proofs.support import libreoffice

HOSTILE = (
    '=HYPERLINK("http://x.example";"click")',
    "+1+1",
    "-1+1",
    "@SUM(1)",
    " =1+1",
    "\uff1d1+1",
    "<r>=1</r>",
    "\t=1",
)
MOST_KB = 3_000  # of the memory of a writer


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--students", type=int, default=1_000)
    parser.add_argument("--tasks", type=int, default=60)
    parser.add_argument("--commits", type=int, default=100_000)
    parser.add_argument("--without-libreoffice", action="store_true")
    options = parser.parse_args()
    if not options.without_libreoffice and not libreoffice.is_there():
        sys.exit("soffice is missing: apt-get install --no-install-recommends libreoffice-calc-nogui")
    with instance.atelier() as atelier, child_processes.temporary_folder("atelier-exports-") as name:
        course = new_course(atelier, "Large", options.students, options.tasks, options.commits)
        make_hostile(course)
        wrong = control(Path(name)) if not options.without_libreoffice else 0
        for language in ("en", "fr"):
            for path in files_of(course):
                wrong += check(course, path, language, Path(name), with_libreoffice=not options.without_libreoffice)
        wrong += measure_writers(options.students, options.tasks)
    print("VERDICT: " + ("WRONG" if wrong else "every file opens, runs nothing, and is written in bounded memory"))
    return 1 if wrong else 0


def make_hostile(course: Any) -> None:
    from accounts.models import User
    from courses.models import Activity

    people = list(User.objects.filter(enrolments__course=course).order_by("pk")[: len(HOSTILE)])
    for person, text in zip(people, HOSTILE, strict=False):
        person.first_name, person.last_name = text[:20], text
        person.save()
    for task, text in zip(course.tasks.all(), HOSTILE, strict=False):
        task.title = text
        task.save()
    Activity.objects.filter(enrolment__person=people[0]).update(subject=HOSTILE[0])


def files_of(course: Any) -> list[str]:
    """Return the path of each table of the course, without the format."""
    task, student = course.tasks.first(), course.enrolments.order_by("pk").first()
    base = f"/courses/{course.pk}/"
    tables = ["matrix", "roster", "repositories", "tasks", f"tasks/{task.pk}/students", "grades"]
    return [base + table for table in [*tables, f"students/{student.person.username}/commits"]]


def check(course: Any, path: str, language: str, folder: Path, *, with_libreoffice: bool) -> int:
    """Open the CSV and the XLSX file of a table, print a line for each, and return how many are wrong."""
    from django.test import Client

    teacher = course.teacher
    type(teacher).objects.filter(pk=teacher.pk).update(language=language)
    client = Client(headers={"host": "127.0.0.1"})
    client.force_login(teacher, backend="django.contrib.auth.backends.ModelBackend")
    wrong = 0
    for file_format in ("csv", "xlsx"):
        began = time.perf_counter()
        tracemalloc.start()
        content = client.get(f"{path}.{file_format}").getvalue()
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        took = time.perf_counter() - began
        rows, formulas = rows_and_formulas(content) if file_format == "xlsx" else (None, [])
        if with_libreoffice:
            file = folder / f"table.{file_format}"
            file.write_bytes(content)
            csv_separator = ";" if language == "fr" and not path.endswith("grades") else ","
            separator = csv_separator if file_format == "csv" else ""
            opened = libreoffice.open_sheet(file, folder, separator=separator)
            formulas += opened.formulas
            wrong += rows is not None and opened.rows != rows
            wrong += path.endswith("commits") and not opened.types["date"]  # they are dates in both formats
            rows = opened.rows
        wrong += bool(formulas)
        short = f"{path.partition('/courses/')[2].partition('/')[2]}.{file_format}"
        print(
            f"{language} {short:32} {rows or '-':>7} rows {len(content) / 1000:>8,.0f} kB {took:6.1f} s (traced)"
            f" {peak / 1e6:6.1f} MB {len(formulas)} formulas",
            flush=True,
        )
    return wrong


def rows_and_formulas(content: bytes) -> tuple[int, list[str]]:
    sheet = openpyxl.load_workbook(io.BytesIO(content), read_only=True).worksheets[0]
    rows, formulas = 0, []
    for row in sheet.iter_rows():
        rows += 1
        formulas += [str(cell.value) for cell in row if cell.data_type not in "sndb"]
    return rows, formulas


def control(folder: Path) -> int:
    """Return 1 when LibreOffice does not find a formula that is not escaped: the check could not fail then."""
    file = folder / "control.csv"
    file.write_text("a,b\n=1+1,text\n", encoding="utf-8-sig")
    opened = libreoffice.open_sheet(file, folder, separator=",")
    print(f"control: {len(opened.formulas)} formula in a file without escapes")
    return int(len(opened.formulas) != 1)


def measure_writers(rows: int, tasks: int) -> int:
    """Print the peak of the memory of both writers, for some rows and for twenty times as many."""
    from kernel.exports.download import WRITERS
    from kernel.exports.table import Table

    def table(count: int) -> Table:
        def cells() -> Iterator[list[str | int]]:
            for number in range(count):
                yield [f"student {number}", number, *[f"Done {number % 7}"] * tasks]

        return Table("measured", "", "Measured", ["x"] * (tasks + 2), cells())

    wrong = 0
    for name, (write, _content_type) in WRITERS.items():
        peaks = []
        for count in (rows, 20 * rows):
            with (
                child_processes.temporary_folder("atelier-writer-") as folder,
                (Path(folder) / "file").open("wb") as file,
            ):
                tracemalloc.start()
                write(table(count), file)
                peaks.append(tracemalloc.get_traced_memory()[1] / 1000)
                tracemalloc.stop()
        print(f"{name}: {peaks[0]:,.0f} kB for {rows:,} rows, {peaks[1]:,.0f} kB for {20 * rows:,} rows")
        wrong += max(peaks) > MOST_KB
    return wrong


if __name__ == "__main__":
    sys.exit(main())
