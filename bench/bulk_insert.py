#!/usr/bin/env python3
"""`bulk.insert` beside Django's `bulk_create`, for the rows that use it: commits, changed files and matches.

First only the rows, as they are written for 1,000 new commits, each kind in one transaction. Creating the model objects
is part of `bulk_create`, because our insert needs none. Then the whole first synchronization of a repository, fetched
over HTTP, with either function. Both take turns, so that other work on the machine affects both; medians are compared.
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
RUNS, SYNC_RUNS = 9, 7  # of each function, after one that does not count
BATCH = 500  # rows in one statement of bulk_create
MESSAGE = "Exercice 1: une correction, avec les tests qui manquaient\n\nVoir l’énoncé.\n"

Insert = Callable[[Any, Sequence[str], Iterable[Sequence[Any]]], None]


def bulk_create(model: Any, fields: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Do what `bulk.insert` does, with Django's `bulk_create`. JSON comes as text, as for `bulk.insert`."""
    from django.db import models

    columns = [model._meta.get_field(name) for name in fields]
    read = [json.loads if isinstance(column, models.JSONField) else None for column in columns]
    names = [column.attname for column in columns]
    objects = []
    for row in rows:
        values = [convert(value) if convert else value for convert, value in zip(read, row, strict=True)]
        objects.append(model(**dict(zip(names, values, strict=True))))
    model.objects.bulk_create(objects, batch_size=BATCH)


def measure(here: instance.Atelier) -> list[Figure]:
    from gitsync.tests import builders
    from kernel.database import bulk

    for number in range(10):
        builders.exercise(f"/tp{number + 1}", keywords=f"Exercice {number + 1}")
    functions = {"ours": bulk.insert, "theirs": bulk_create}
    return [*measure_rows(functions), measure_synchronization(here, functions)]


def measure_rows(functions: dict[str, Insert]) -> list[Figure]:
    """Insert the rows of COMMITS commits into a new repository, again and again, with either function."""
    from gitsync.models import Commit, FileChange, Match
    from gitsync.syncing.recording import COMMIT_COLUMNS, FILE_COLUMNS
    from gitsync.syncing.rematch import MATCH_COLUMNS
    from gitsync.tests import builders
    from kernel.database.text_hash import text_hash

    paths = [f"tp1/ex{number % 7}/src/main/java/Exercise{number}.java" for number in range(FILES)]
    tp1 = text_hash("/tp1")
    taken: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for run in range(RUNS + 1):
        for name, insert in functions.items():
            owner = builders.registration(f"https://git.example/{name}{run}.git", f"{name}{run}")
            person = ("Inès", "ines@school.example")
            commits = [
                (owner.repository_id, f"{n:040x}", *person, n, n, None, n, n, MESSAGE, 1, False, False, "")
                for n in range(COMMITS)
            ]
            taken["commits"][name].append(_milliseconds(insert, Commit, COMMIT_COLUMNS, commits))
            keys = list(owner.repository.commits.order_by("pk").values_list("pk", flat=True))
            files = [(key, path, text_hash(path), 12, 3, False, False) for key in keys for path in paths]
            taken["changed files"][name].append(_milliseconds(insert, FileChange, FILE_COLUMNS, files))
            keys = list(FileChange.objects.filter(commit__in=keys).values_list("pk", flat=True))
            matches = [(owner.pk, key, "/tp1", tp1, "exact", "[]", 7) for key in keys]
            taken["matches"][name].append(_milliseconds(insert, Match, MATCH_COLUMNS, matches))
    numbers = {"commits": COMMITS, "changed files": COMMITS * FILES, "matches": COMMITS * FILES}
    return [_figure(f"{numbers[kind]:,} {kind}, only the rows", times) for kind, times in taken.items()]


def measure_synchronization(here: instance.Atelier, functions: dict[str, Insert]) -> Figure:
    """Synchronize new repositories of the same size, with either function."""
    from gitsync.syncing import sync, sync_queue
    from gitsync.tests import builders

    root = here.home / "repositories"
    taken: dict[str, list[float]] = defaultdict(list)
    server = repositories.server(root)
    for run in range(SYNC_RUNS + 1):
        for name, insert in functions.items():
            repositories.Made(root / f"{name}{run}.git", run).grow(SYNC_COMMITS)
            student = builders.registration(server.url(f"{name}{run}"), f"sync-{name}{run}")
            sync_queue.request_sync(student.repository_id)
            with mock.patch("kernel.database.bulk.insert", insert):
                began = time.perf_counter()
                sync.sync_repository(student.repository_id)
                taken[name].append((time.perf_counter() - began) * 1000)
            assert student.repository.commits.count() == SYNC_COMMITS
    server.close()
    return _figure(f"first synchronization of {SYNC_COMMITS} commits", taken, bar=1.15)


def _milliseconds(insert: Insert, model: Any, fields: Sequence[str], rows: list[Any]) -> float:
    from django.db import transaction

    began = time.perf_counter()
    with transaction.atomic():
        insert(model, fields, rows)
    return (time.perf_counter() - began) * 1000


def _figure(title: str, taken: dict[str, list[float]], bar: float = 2) -> Figure:
    ours, theirs = statistics.median(taken["ours"][1:]), statistics.median(taken["theirs"][1:])
    ratio = theirs / ours
    return Figure(
        title, f"{ours:.0f} ms", f"bulk_create: {theirs:.0f} ms", f"{ratio:.2f}x", f">= {bar:g}x", ratio >= bar
    )


if __name__ == "__main__":
    sys.exit(figures.main(measure))
