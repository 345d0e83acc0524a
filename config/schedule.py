"""The schedule (Celery's beat): it keeps when each task last ran, and reports that it is alive.

Celery's own scheduler keeps this in a shelve file. When that file was cut short, every start failed for good.
"""

import contextlib
import json
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import redis
import structlog
from celery.beat import ScheduleEntry, Scheduler
from django.conf import settings

ALIVE_KEY = "atelier-schedule"  # exists in the broker while the schedule runs
ALIVE_SECONDS = 120  # how long the key lives after a tick; a tick comes at least every 30 s
CLOCK_JUMP = 60.0  # seconds; a larger difference between clock and time passed means that the clock was set
log = structlog.get_logger(__name__)


class Schedule(Scheduler):
    """Keeps the last runs in a JSON file.

    A file that cannot be read is replaced by a new one. A full disk stops no task.
    """

    def __init__(self, *args: Any, schedule_filename: str = "schedule", **kwargs: Any) -> None:
        self._file = Path(schedule_filename)
        self._clock = _clock_offset()
        super().__init__(*args, **kwargs)

    def setup_schedule(self) -> None:
        super().setup_schedule()
        last_runs = self._read()
        for name, entry in self._entries():
            # A time in the future comes from a wrong clock: the task would wait until then.
            if (last_run := last_runs.get(name)) and last_run <= entry.default_now():
                entry.last_run_at = last_run
        self.sync()

    def tick(self, *args: Any, **kwargs: Any) -> float:
        if abs(_clock_offset() - self._clock) > CLOCK_JUMP:
            self._follow_clock()
        seconds: float = super().tick(*args, **kwargs)
        report_alive()
        return seconds

    def sync(self) -> None:
        """Write the file atomically, so that a process that is killed leaves the old one."""
        last_runs = {name: (entry.last_run_at or entry.default_now()).isoformat() for name, entry in self._entries()}
        new = self._file.with_name(f"{self._file.name}.new")
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            new.write_text(json.dumps(last_runs))
            new.replace(self._file)
        except OSError as error:
            log.warning("schedule_not_kept", file=str(self._file), error=error.strerror)

    @property
    def info(self) -> str:
        return f"    . last runs -> {self._file}"

    def _entries(self) -> list[tuple[str, ScheduleEntry]]:
        return list(self.schedule.items())

    def _read(self) -> dict[str, datetime]:
        try:
            return {name: _aware(text) for name, text in json.loads(self._file.read_bytes()).items()}
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, AttributeError, TypeError) as error:
            log.warning("schedule_starts_anew", file=str(self._file), error=str(error))
            return {}

    def _follow_clock(self) -> None:
        """Continue from the present time after the clock was set; else tasks may wait until the old time."""
        log.warning("clock_was_set", seconds=round(_clock_offset() - self._clock))
        self._clock = _clock_offset()
        for _name, entry in self._entries():
            now = entry.default_now()
            entry.last_run_at = min(entry.last_run_at or now, now)
        self._heap = None  # Celery builds it again from the entries


def _aware(text: str) -> datetime:
    value = datetime.fromisoformat(text)
    if value.tzinfo is None:
        raise ValueError("a time without a zone")
    return value


def _clock_offset() -> float:
    """Return by how much the clock is ahead of the time since the start of this machine, in seconds."""
    return time.time() - time.monotonic()


def report_alive() -> None:
    """Store in the broker, for /readyz, that the schedule runs.

    A broker that does not answer is reported by its own check.
    """
    with contextlib.suppress(redis.RedisError, OSError), _broker() as client:
        client.set(ALIVE_KEY, "1", ex=timedelta(seconds=ALIVE_SECONDS))


def is_alive() -> bool:
    """Whether the schedule has run in the last ALIVE_SECONDS. Raises RedisError when the broker does not answer."""
    with _broker() as client:
        return bool(client.exists(ALIVE_KEY))


def _broker() -> redis.Redis:
    return redis.Redis.from_url(settings.REDIS_URL, socket_timeout=1, socket_connect_timeout=1)
