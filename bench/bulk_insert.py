#!/usr/bin/env python3
"""`bulk.insert` compared with Django's `bulk_create`.

Both write the rows for which Atelier uses `bulk.insert`: commits, changed files and matches. First only the rows of
1,000 new commits are written, each kind in one transaction. The time of `bulk_create` includes the creation of the
model objects, because `bulk.insert` needs none. Then both functions are measured in the whole first synchronization of
a repository, fetched over HTTP. Both take turns, so that other work on the machine slows both equally. The medians are
compared.
"""

import json
import statistics
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Any
from unittest import mock

from bench.support import figures, instance, repositories
from bench.support.figures import Figure

COMMITS, FILES = 1000, 5
SYNC_COMMITS = 300
RUNS, SYNC_RUNS = 9, 7  # of each function, after one run that is not counted
BATCH = 500  # rows in one statement of bulk_create
MESSAGE = "Exercice 1: une correction, avec les tests qui manquaient\n\nVoir l’énoncé.\n"

Insert = Callable[[Any, Sequence[str], Iterable[Sequence[Any]]], None]


def bulk_create(model: Any, fields: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Do what `bulk.insert` does, with Django's `bulk_create`.

    JSON comes as text, as for `bulk.insert`.
    """
    from django.db import models

    columns = [model._meta.get_field(name) for name in fields]
    read = [json.loads if isinstance(column, models.JSONField) else None for column in columns]
    names = [column.attname for column in columns]
    objects = []
    for row in rows:
        values = [convert(value) if convert else value for convert, value in zip(read, row, strict=True)]
        objects.append(model(**dict(zip(names, values, strict=True))))
    model.objects.bulk_create(objects, batch_size=BATCH)


def measure(atelier: instance.Atelier) -> list[Figure]:
    from gitsync.tests import builders
    from kernel.database import bulk

    for number in range(10):
        builders.exercise(f"/tp{number + 1}", keywords=f"Exercice {number + 1}")
    functions = {"ours": bulk.insert, "theirs": bulk_create}
    return [*measure_rows(functions), measure_synchronization(atelier, functions)]


def measure_rows(functions: dict[str, Insert]) -> list[Figure]:
    """Insert the rows of COMMITS commits into new repositories, with each function in turn."""
    from gitsync.models import Commit, FileChange, Match
    from gitsync.syncing.derived_rows import MATCH_COLUMNS
    from gitsync.syncing.recording import COMMIT_COLUMNS, FILE_COLUMNS
    from gitsync.tests import builders
    from kernel.database.text_hash import text_hash

    paths = [f"tp1/ex{number % 7}/src/main/java/Exercise{number}.java" for number in range(FILES)]
    tp1 = text_hash("/tp1")
    milliseconds: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for run in range(RUNS + 1):
        for name, insert in functions.items():
            owner = builders.registration(f"https://git.example/{name}{run}.git", f"{name}{run}")
            person = ("Inès", "ines@school.example")
            commits = [
                (owner.repository_id, f"{n:040x}", *person, n, n, None, n, None, n, MESSAGE, 1, False, False, "", "")
                for n in range(COMMITS)
            ]
            milliseconds["commits"][name].append(_milliseconds(insert, Commit, COMMIT_COLUMNS, commits))
            keys = list(owner.repository.commits.order_by("pk").values_list("pk", flat=True))
            files = [(key, path, text_hash(path), 12, 3, False, False) for key in keys for path in paths]
            milliseconds["changed files"][name].append(_milliseconds(insert, FileChange, FILE_COLUMNS, files))
            keys = list(FileChange.objects.filter(commit__in=keys).values_list("pk", flat=True))
            matches = [(owner.pk, key, "/tp1", tp1, "exact", "[]", 7) for key in keys]
            milliseconds["matches"][name].append(_milliseconds(insert, Match, MATCH_COLUMNS, matches))
    numbers = {"commits": COMMITS, "changed files": COMMITS * FILES, "matches": COMMITS * FILES}
    return [_figure(f"{numbers[kind]:,} {kind}, only the rows", times) for kind, times in milliseconds.items()]


def measure_synchronization(atelier: instance.Atelier, functions: dict[str, Insert]) -> Figure:
    """Synchronize new repositories of the same size, with either function."""
    from gitsync.syncing import sync, sync_queue
    from gitsync.tests import builders

    root = atelier.home / "repositories"
    milliseconds: dict[str, list[float]] = defaultdict(list)
    server = repositories.start_server(root)
    for run in range(SYNC_RUNS + 1):
        for name, insert in functions.items():
            repositories.GeneratedRepository(root / f"{name}{run}.git", run).add_commits(SYNC_COMMITS)
            student = builders.registration(server.url(f"{name}{run}"), f"sync-{name}{run}")
            sync_queue.request_sync(student.repository_id)
            with mock.patch("kernel.database.bulk.insert", insert):
                began = time.perf_counter()
                sync.sync_repository(student.repository_id)
                milliseconds[name].append((time.perf_counter() - began) * 1000)
            assert student.repository.commits.count() == SYNC_COMMITS
    server.close()
    return _figure(f"first synchronization of {SYNC_COMMITS} commits", milliseconds, bar=1.15)


def _milliseconds(insert: Insert, model: Any, fields: Sequence[str], rows: list[Any]) -> float:
    """Insert the rows in one transaction, and return the time that it took."""
    from django.db import transaction

    began = time.perf_counter()
    with transaction.atomic():
        insert(model, fields, rows)
    return (time.perf_counter() - began) * 1000


def _figure(title: str, milliseconds: dict[str, list[float]], bar: float = 2) -> Figure:
    """Return the figure of both medians; `bar` is the smallest ratio that is good enough.

    The first run of each function is not counted.
    """
    ours, theirs = statistics.median(milliseconds["ours"][1:]), statistics.median(milliseconds["theirs"][1:])
    ratio = theirs / ours
    return Figure(
        title, f"{ours:.0f} ms", f"bulk_create: {theirs:.0f} ms", f"{ratio:.2f}x", f">= {bar:g}x", ratio >= bar
    )


if __name__ == "__main__":
    sys.exit(figures.main(measure))
