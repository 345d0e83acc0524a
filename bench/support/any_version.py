"""Django and the builders of the version whose code is in PYTHONPATH: of this one, or of version 0.2.0 and later.

Earlier versions have other names for the same things, so the names are looked up here. A script that
bench/support/earlier.py runs imports this module first, as `any_version`, because its own folder is in the path.
"""

import contextlib
import importlib
import logging
import os
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

sys.path.pop(0)  # the folder of the script: its modules would be found instead of those of the version
ROOT = Path(os.environ["PYTHONPATH"])
sys.path[:0] = [str(ROOT), str(ROOT / "bench"), str(ROOT / "scripts")]
import django  # noqa: E402

django.setup()
logging.disable(logging.ERROR)

from accounts.models import User  # noqa: E402
from farm import models as farm  # noqa: E402

try:
    from bench.support.repositories import GeneratedRepository, start_server
    from gitsync.syncing.sync import sync_repository as synchronize
    from gitsync.syncing.sync_queue import request_sync
    from gitsync.tests import builders
except ImportError:  # version 0.2.0
    from gitsync.requests import request_sync  # type: ignore[no-redef]
    from gitsync.sync import sync_address as synchronize  # type: ignore[no-redef]
    from repositories import Made as GeneratedRepository  # type: ignore[no-redef]
    from repositories import server as start_server  # type: ignore[no-redef]

    from gitsync.tests import people as builders  # type: ignore[no-redef]

__all__ = ["ROOT", "GeneratedRepository", "School", "builders", "request_sync"]
__all__ += ["start_server", "synchronize"]
MACHINES, EACH = 20, 10


class School:
    """The object that the builders of both versions take: `person(name)` returns a user."""

    def person(self, name: str, **values: Any) -> Any:
        return User.objects.filter(username=name).first() or User.objects.create_user(name, **values)


def new_course(students: int, tasks: int, commits: int) -> Any:
    """Create a course on its 40th day with the builder of the benchmarks of that version, and return it."""
    builders_of_version = first_module("bench.support.course_history", "bench.matrix", "bench_matrix")
    builder, rows = "new_course", "add_activity"
    if not hasattr(builders_of_version, builder):  # version 0.2.0
        builder, rows = "school", "pushes"
    setattr(builders_of_version, rows, add_activity)  # in some versions it does not fit the table
    return getattr(builders_of_version, builder)(School(), "Course", students, tasks, commits)


def first_module(*names: str) -> Any:
    """Return the first of these modules that this version has."""
    for name in names:
        with contextlib.suppress(ModuleNotFoundError):
            return importlib.import_module(name)
    raise ModuleNotFoundError(names)


def add_activity(enrolments: Sequence[Any], commits: int, now: datetime) -> None:
    """Spread commits evenly over the students, and over the last hundred days."""
    from courses.models import Activity

    last, step = int(now.timestamp()), 100 * 86_400 / commits
    path, exercise = (sha256(text.encode()).hexdigest() for text in ("/", "/tp1/ex1"))
    Activity.objects.bulk_create(
        (
            Activity(
                enrolment=enrolments[number % len(enrolments)],
                repo_path_hash=path,
                commit_id=f"{number:040x}",
                exercise_path="/tp1/ex1",
                exercise_path_hash=exercise,
                at=last - int(number * step),
                effort=4,
                completes=False,
                subject="work",
            )
            for number in range(commits)
        ),
        batch_size=2000,
    )


def fill_week(owner: Any, hours: int = 24) -> None:
    """Add EACH reservations of so many hours on each machine in the next seven days."""
    machine_model = getattr(farm, "Machine", None) or farm.Resource
    key = "machine_id" if hasattr(farm, "Machine") else "resource_id"
    start = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    for number in range(MACHINES):
        values = {"gpu_model": "A100", "location": "room 1", "gpu_count": 8, "memory_gb": 512}
        machine, _ = machine_model.objects.get_or_create(name=f"node-{number:03}", defaults=values)
        for step in range(EACH):
            begin = start + timedelta(hours=step * 24 * 7 // EACH)
            end = begin + timedelta(hours=hours)
            row = farm.Reservation.objects.create(
                owner=owner, start=begin, end=end, state="confirmed", purpose="training"
            )
            farm.Allocation.objects.create(
                reservation=row, gpus=1 + step % 3, memory_gb=32, start=begin, end=end, **{key: machine.pk}
            )
