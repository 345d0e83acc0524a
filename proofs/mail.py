"""The mail server is down for ten minutes and the worker is killed while it sends: no mail may be lost.

Run it with `make proof NAME=mail`; ARGS="--seconds 60 --hurry" makes it short. An instance (`manage.py up`) has a class
whose people and titles have hostile names. The mail server refuses connections. Meanwhile a teacher moves a deadline,
which is one mail for each student, and daily mails become due in four time zones. Then a mail server
(aiosmtpd) takes messages and answers each one late, and the worker is killed (-9) several times while it sends. Every
mail must arrive with the Message-ID that it was written with, and at most one may arrive twice for each kill. Daily
mails must be written in the minute of their reader's hour. No name may add a header, a recipient or another link.

After a pause the sweep of the schedule finds the mails, and the mail that a killed worker was sending waits until its
claim ends, for five minutes. `--hurry` ends pauses and such claims at once and queues the sweep itself.
"""

import argparse
import logging
import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from kernel.testing import child_processes
from kernel.testing.ports import free_port
from proofs.support.arrived_mails import check_arrived, check_contents, check_digests

ANSWER_SECONDS = 0.05  # so that most kills come between the message and its answer
ZONES = ("Europe/Paris", "America/New_York", "Asia/Kathmandu", "Pacific/Auckland")
HOSTILE = (
    "Ada\r\nBcc: all@evil.example",
    "Bob\nSubject: Buy\n\nBuy!",
    '"Eve" <eve@evil.example>, Mallory',
    "<script>alert(1)</script>",
    "שלום\u202e gnp.exe",
    "演習 \ufffe \x00 \x1b[2J",
    "{{ link }} {% url 'admin:index' %} %(course)s",
    "https://evil.example/?" + "x" * 300,
)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=600, help="how long the mail server is down, at least")
    parser.add_argument("--students", type=int, default=200)
    parser.add_argument("--kills", type=int, default=5)
    parser.add_argument("--hurry", action="store_true", help="end pauses and claims, and start the sweep")
    parser.add_argument("--without-daily", action="store_true", help="no daily mails, which take minutes")
    options = parser.parse_args()
    with child_processes.temporary_folder("atelier-mail-") as temporary:
        folder, port, web_port = Path(temporary), free_port(), free_port()
        url = f"http://127.0.0.1:{web_port}"
        os.environ.update(ATELIER_HOME=str(folder / "home"), PUBLIC_URL=url, DJANGO_SETTINGS_MODULE="config.settings")
        import django

        django.setup()
        logging.disable(logging.INFO)
        from kernel.testing.processes import Instance

        instance = Instance(folder / "home", web_port, PUBLIC_URL=url, EMAIL_URL=f"smtp://127.0.0.1:{port}")
        try:
            instance.wait_ready()
            wrong = run(instance, port, folder / "taken", options)
        finally:
            instance.end()
    print("VERDICT: " + ("WRONG" if wrong else "no mail is lost, and none comes twice without a kill"))
    return 1 if wrong else 0


def run(instance: Any, port: int, taken: Path, options: argparse.Namespace) -> int:
    """Return how many things are wrong."""
    from mail.models import Mail

    taken.mkdir()
    down_since = time.monotonic()
    due = {} if options.without_daily else make_readers(apart=options.seconds >= 400)
    move_deadline(options.students)
    print(f"{Mail.objects.count()} mails wait; the mail server refuses connections", flush=True)
    time.sleep(max(options.seconds - (time.monotonic() - down_since), 0))
    wait_for_digests(due)
    waiting, tries = Mail.objects.waiting().count(), max(Mail.objects.values_list("attempts", flat=True))
    print(f"after {time.monotonic() - down_since:.0f} s: {waiting} wait, tried up to {tries} times", flush=True)
    server = child_processes.start(
        [sys.executable, "mail/tests/smtp_server.py", str(port), str(taken), str(ANSWER_SECONDS)],
        cwd=Path(__file__).resolve().parent.parent,
        stdout=subprocess.PIPE,
    )
    assert server.stdout
    assert server.stdout.readline() == b"ready\n"
    began, waits = time.monotonic(), Waits(hurry=options.hurry)
    kills = kill_while_sending(instance, taken, waiting, options.kills, waits)
    wait_until_sent(waits)
    print(f"all sent {time.monotonic() - began:.0f} s after the server came back, with {kills} kills", flush=True)
    server.terminate()
    wrong = waiting != options.students + len(due) or tries < 1 or Mail.objects.failed().exists()
    return int(wrong) + check_arrived(taken, kills) + check_digests(due) + check_contents(taken)


def make_readers(*, apart: bool) -> dict[int, datetime]:
    """Create a reader in each zone with a daily notice. Return when the daily mail of each is due, by person.

    The first is due in one to two minutes. The others are due with it, or `apart`, a minute after each other.
    """
    from accounts.models import User
    from mail.choices import set_digest_hour
    from mail.models import Notice

    now = datetime.now(UTC)
    due = {}
    for number, zone in enumerate(ZONES):
        name = HOSTILE[number]
        person = User.objects.create(
            username=f"reader{number}", first_name=name[:150], zone=zone, email=f"reader{number}@school.example"
        )
        due[person.pk] = now.replace(second=0, microsecond=0) + timedelta(minutes=2 + number * apart)
        set_digest_hour(person.pk, due[person.pk].astimezone(ZoneInfo(zone)).time())
        Notice.objects.create(
            key=f"proof:{number}", person=person, kind="courses.weekly_summary", subject="A week", text=name,
            path="/courses/", created_at=now,
        )  # fmt: skip
    return due


def move_deadline(students: int) -> None:
    """Create a class with hostile names, and let its teacher move a deadline."""
    from accounts.models import User
    from courses.domain import course_tasks, courses
    from courses.models import Course, Enrolment, Task

    teacher = User.objects.create(username="teacher", kind=User.Kind.TEACHER)
    course = courses.create_course(teacher, teacher, semester_id="A2026", course_id="proof", title="Proof")
    task = course_tasks.add_task(teacher, course, path="/a", title="A", deadline=datetime.now(UTC) + timedelta(days=5))
    User.objects.bulk_create(
        User(
            username=f"s{number}",
            first_name=HOSTILE[number % len(HOSTILE)][:150],
            email=f"s{number}@school.example",
            language=("en", "fr")[number % 2],
        )
        for number in range(students)
    )
    people = User.objects.filter(username__regex="^s[0-9]+$")
    Enrolment.objects.bulk_create(Enrolment(course=course, person=person) for person in people)
    Course.objects.filter(pk=course.pk).update(title=HOSTILE[0])
    Task.objects.filter(pk=task.pk).update(title=HOSTILE[1])
    task.refresh_from_db()
    course_tasks.change_task(teacher, task, deadline=datetime.now(UTC) + timedelta(days=6))


def wait_for_digests(due: dict[int, datetime]) -> None:
    from kernel.testing.processes import wait_until
    from mail.models import Mail

    wait_until(lambda: Mail.objects.filter(kind="mail.digest").count() == len(due), 420, every=1)


class Waits:
    """The waits between two tries to send a mail. A proof that hurries ends them."""

    def __init__(self, *, hurry: bool) -> None:
        self._hurry = hurry
        self.note_kill(datetime.min.replace(tzinfo=UTC))

    def note_kill(self, at: datetime) -> None:
        """The broker needs a moment until it knows that the worker is gone: it would give it the next task."""
        self._killed_at, self._waiting, self._next_sweep = at, -1, time.monotonic() + 1

    def end(self) -> None:
        """End pauses and the claims of killed workers, and queue the sweep when no worker sends; each 5 s, in a hurry.

        Two tasks that send at the same time would have two mails under way when their worker is killed.
        """
        from kernel.task_queue import queue
        from mail.models import Mail
        from mail.sending import CLAIM

        if not self._hurry or time.monotonic() < self._next_sweep:
            return
        now, waiting = datetime.now(UTC), Mail.objects.waiting()
        last_claim = max(self._killed_at, now - timedelta(seconds=20))  # a dying process may claim after the kill
        waiting.filter(claimed_until__lt=last_claim + CLAIM).update(claimed_until=now - timedelta(seconds=1))
        waiting.filter(next_attempt_at__gt=now).update(next_attempt_at=now)
        before, self._waiting = self._waiting, waiting.count()
        if before in (-1, self._waiting):
            queue("mail.tasks.sweep")
        self._next_sweep = time.monotonic() + 5


def kill_while_sending(instance: Any, taken: Path, total: int, kills: int, waits: Waits) -> int:
    """Kill the worker each time that it has sent another part of the mails. Return the number of kills."""
    from kernel.testing.processes import wait_until

    def has_taken(messages: int) -> bool:
        waits.end()
        return len(list(taken.glob("*.eml"))) >= messages

    for number in range(1, kills + 1):
        wait_until(partial(has_taken, total * number // (kills + 1)), 180, every=0.01)
        pid = wait_until(lambda: instance.pid_of("worker"), 60)
        os.kill(pid, signal.SIGKILL)
        waits.note_kill(datetime.now(UTC))
        print(f"killed the worker after {len(list(taken.glob('*.eml')))} messages", flush=True)
    return kills


def wait_until_sent(waits: Waits) -> None:
    from kernel.testing.processes import wait_until
    from mail.models import Mail

    def is_sent() -> bool:
        waits.end()
        return not Mail.objects.waiting().exists()

    wait_until(is_sent, 600, every=0.25)


if __name__ == "__main__":
    sys.exit(main())
