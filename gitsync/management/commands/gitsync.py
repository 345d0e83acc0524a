"""`manage.py gitsync status|sync|verify|rematch|confirm|export|host-key`: control the Git module from a terminal."""

import math
import tempfile
from argparse import ArgumentParser
from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db.models import Count

from gitsync.domain import class_zip, confirmation, hook_addresses, host_keys, repositories
from gitsync.events import outbox
from gitsync.git import store
from gitsync.git.ssh_keys import fingerprint
from gitsync.models import CourseKey, LocalCopy, OutboxEvent, Repository, Request
from gitsync.queries import waiting
from gitsync.queries.host_keys import keys_of_host
from gitsync.rules.ssh_servers import SSH_PORT
from gitsync.syncing import rematch, sync, sync_queue, verify
from kernel.errors import Refused


class Command(BaseCommand):
    help = "Show the state of the repositories, sync them now, compare rows with stores, or match the commits again."

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        actions.add_parser(
            "status", help="count repositories by state, list failures with their reasons, count waiting events"
        )
        now = actions.add_parser("sync", help="read repositories now, in this process, also paused ones")
        now.add_argument("url", nargs="*", help="URLs of the repositories (default: all that are due)")
        check = actions.add_parser("verify", help="compare stores and rows; exit code 1 when they differ")
        check.add_argument(
            "--mend", action="store_true", help="remove stores without a row, read again the repositories that differ"
        )
        again = actions.add_parser("rematch", help="match the stored commits again and send events about changes")
        again.add_argument("course", nargs="*", help="teacherId/semesterId/courseId (default: all)")

        confirm = actions.add_parser("confirm", help="show the hidden repositories of a course, or confirm them")
        confirm.add_argument("course", nargs=1, help="teacherId/semesterId/courseId")
        confirm.add_argument("student", nargs="*", help="studentId of those to confirm (default: only show)")
        confirm.add_argument("--all", action="store_true", help="confirm all of the course")

        key = actions.add_parser("host-key", help="show the key of an SSH server, or accept it")
        key.add_argument("host", help="the host of the repositories, such as git.school.example")
        key.add_argument("fingerprint", nargs="?", default="", help="accept the key with this one (default: only show)")
        key.add_argument("--port", type=int, default=SSH_PORT, help="the port of SSH (default: %(default)s)")
        key.add_argument("--replace", action="store_true", help="accept it in place of the key that is known")

        export = actions.add_parser("export", help="write a ZIP of the students' files of one exercise")
        export.add_argument("course", nargs=1, help="teacherId/semesterId/courseId")
        export.add_argument("exercise", help="exercisePath, such as /tp1/exercice1")
        export.add_argument("file", type=Path, help="the ZIP to write")
        export.add_argument("--until", help="date and time with a zone, such as 2026-12-01T23:59+01:00 (default: now)")
        export.add_argument("--student", nargs="*", default=[], help="studentId of some (default: all)")

    def handle(self, *arguments: Any, **options: Any) -> None:
        getattr(self, f"_{options['action'].replace('-', '_')}")(options)

    def _status(self, options: dict[str, Any]) -> None:
        for row in LocalCopy.objects.values("status").annotate(number=Count("pk")).order_by("status"):
            self.stdout.write(f"{row['number']:6} {LocalCopy.Status(row['status']).label}")
        for local_copy in LocalCopy.objects.exclude(reason="").select_related("repository").order_by("failing_since"):
            why = f"{local_copy.reason} {local_copy.detail}"
            self.stdout.write(f"       {local_copy.repository}  {why}  next {local_copy.next_attempt_at}")
        for target in outbox.targets():
            undelivered = OutboxEvent.objects.filter(target=target, delivered_at=None)
            waiting, dead = undelivered.filter(dead_at=None).count(), undelivered.exclude(dead_at=None).count()
            self.stdout.write(f"events to {target.value}: {waiting} waiting, {dead} set aside")
        self.stdout.write(f"requests: {Request.objects.filter(state=Request.State.PENDING).count()} pending")

    def _sync(self, options: dict[str, Any]) -> None:
        for repository in self._repositories(options["url"]):
            sync_queue.request_sync(repository.pk, force=True)
            sync.sync_repository(repository.pk)
            local_copy = LocalCopy.objects.filter(repository_id=repository.pk).first()
            self.stdout.write(
                f"{repository}  {f'{local_copy.status} {local_copy.reason}' if local_copy else 'removed'}"
            )
        for target in outbox.targets():
            self.stdout.write(f"events sent to {target.value}: {outbox.drain(target)}")

    def _repositories(self, urls: list[str]) -> list[Repository]:
        if not urls:
            return list(Repository.objects.filter(local_copy__dirty=True).order_by("pk"))
        chosen = []
        for url in urls:
            repository = repositories.find(url)
            if repository is None:
                raise CommandError(f"Nobody registered {url}.")
            chosen.append(repository)
        return chosen

    def _verify(self, options: dict[str, Any]) -> None:
        faults = verify.find_faults()
        for fault in faults:
            self.stdout.write(f"{fault.name}: {fault.description}")
            if options["mend"]:
                verify.repair(fault)
        self.stdout.write(f"{LocalCopy.objects.count()} repositories, {sum(1 for _ in store.folders())} stores")
        if faults and not options["mend"]:
            raise CommandError(f"{len(faults)} faults")

    def _rematch(self, options: dict[str, Any]) -> None:
        for course in self._courses(options["course"]):
            before = OutboxEvent.objects.filter(registration__course=course).count()
            rematch.rematch_course(course.pk)
            events = OutboxEvent.objects.filter(registration__course=course).count() - before
            self.stdout.write(f"{course}  {course.registrations.count()} repositories, {events} events")
        for target in outbox.targets():
            self.stdout.write(f"events sent to {target.value}: {outbox.drain(target)}")

    def _confirm(self, options: dict[str, Any]) -> None:
        course = hook_addresses.course_ids(self._courses(options["course"])[0])
        registrations = waiting.waiting_registrations(course)
        chosen = [row for row in registrations if options["all"] or row.student_id in options["student"]]
        for row in registrations:
            state = "confirmed" if row in chosen else "waits"
            self.stdout.write(f"{state:10} {row.student_id}  {row.repo_path}  {row.repo_url}")
        confirmation.confirm(course, None, [row.pk for row in chosen])

    def _host_key(self, options: dict[str, Any]) -> None:
        host, port, chosen = options["host"], options["port"], options["fingerprint"]
        try:
            if chosen:
                host_keys.accept(None, host, port, chosen, replace=options["replace"])
            shown = chosen or host_keys.shown_fingerprint(None, host, port)
        except Refused as refusal:
            raise CommandError(refusal.message)
        known = [fingerprint(line) for line in keys_of_host(host, port)]
        self.stdout.write(f"{shown}  {'accepted' if shown in known else 'not accepted'}")
        for line in known:
            if line != shown:
                self.stdout.write(f"{line}  known")

    def _export(self, options: dict[str, Any]) -> None:
        course = hook_addresses.course_ids(self._courses(options["course"])[0])
        until = _epoch(options["until"]) if options["until"] else math.inf
        file: Path = options["file"]
        archive = class_zip.ClassZip(course, options["exercise"])
        with tempfile.NamedTemporaryFile(dir=file.parent, delete=False) as part:
            try:
                for piece in archive.pieces(class_zip.parts_of_all(course, until, options["student"])):
                    part.write(piece)
            except BaseException as error:
                Path(part.name).unlink()
                if isinstance(error, OSError):
                    raise CommandError(f"The ZIP cannot be written: {error.strerror}.") from error
                raise
        Path(part.name).replace(file)
        told = f"{archive.left_out} files left out, {archive.empty} students without work"
        self.stdout.write(f"{file}  {file.stat().st_size} bytes, {archive.files} files, {told}")

    def _courses(self, names: list[str]) -> list[CourseKey]:
        if not names:
            return list(CourseKey.objects.order_by("pk"))
        courses = []
        for name in names:
            teacher, _sign, rest = name.partition("/")
            semester, _sign, course = rest.partition("/")
            key = CourseKey.objects.filter(teacher_id=teacher, semester_id=semester, course_id=course).first()
            if key is None:
                raise CommandError(f"The Git module knows no course {name}.")
            courses.append(key)
        return courses


def _epoch(text: str) -> float:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise CommandError(f"{text} is no date and time.") from error
    if moment.tzinfo is None:
        raise CommandError(f"{text} has no zone.")
    return moment.timestamp()
