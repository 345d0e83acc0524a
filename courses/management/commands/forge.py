"""`manage.py forge list|connect|install|remove|system-hook`: connect courses with forges from a terminal.

The token comes from the environment variable FORGE_TOKEN or from the standard input, never from the command line: other
people of the machine see command lines.
"""

import getpass
import os
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from courses.domain import forge_connections, forge_work
from courses.git.forges import DEFAULT_ADDRESSES, SYSTEM_HOOKS, ForgeFailed, clean_address, open_system_hooks
from courses.git.forges import system_hook_url as hook_url
from courses.models import Course, ForgeConnection
from courses.pages.forge_list import count_repositories, problem_sentence
from kernel.errors import Refused

SECONDS = 600.0


class Command(BaseCommand):
    help = "Connect courses with forges, install and remove the hooks of a class, or one hook for a whole forge."

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        actions.add_parser("list", help="show the connections, their states and their problems")
        connect = actions.add_parser("connect", help="read the list of repositories and propose who is whose")
        connect.add_argument("course", help="teacherId/semesterId/courseId")
        connect.add_argument("forge", choices=sorted(DEFAULT_ADDRESSES))
        connect.add_argument("owner", help="organisation, group or workspace")
        connect.add_argument("--server", default="", help="address of the server (default: the public one)")
        connect.add_argument("--at", default="/", help="the path of the course where the repositories belong")
        connect.add_argument(
            "--no-reading", action="store_true", help="do not read private repositories with the token"
        )
        for name, text in (
            ("install", "register the repositories and install the hooks"),
            ("remove", "remove the hooks"),
        ):
            action = actions.add_parser(name, help=text)
            action.add_argument("connection", type=int, help="the number in the list")
        hook = actions.add_parser("system-hook", help="one hook for all repositories of a GitLab or Gitea server")
        hook.add_argument("do", choices=["install", "remove"])
        hook.add_argument("forge", choices=sorted(SYSTEM_HOOKS))
        hook.add_argument("server", help="address of the server")

    def handle(self, *arguments: Any, **options: Any) -> None:
        try:
            getattr(self, f"_{options['action'].replace('-', '_')}")(options)
        except Refused as refusal:
            raise CommandError(str(refusal.message)) from None
        except ForgeFailed as failed:
            raise CommandError(problem_sentence(failed.reason.value, failed.detail)) from None

    def _list(self, _options: dict[str, Any]) -> None:
        for connection in ForgeConnection.objects.select_related("course").order_by("pk"):
            self._show(connection)

    def _connect(self, options: dict[str, Any]) -> None:
        course = _course(options["course"])
        connection = forge_connections.connect(
            course.teacher,
            course,
            forge=options["forge"],
            base_url=options["server"],
            owner=options["owner"],
            token=_token(),
            repo_path=options["at"],
            reads_with_token=not options["no_reading"],
        )
        self._work(connection)
        for row in connection.repositories.select_related("enrolment__person").order_by("full_name"):
            username = row.enrolment.person.username if row.enrolment else "-"
            self.stdout.write(f"  {row.full_name}  {username}  {row.get_match_display()}")

    def _install(self, options: dict[str, Any]) -> None:
        connection = _connection(options["connection"])
        forge_connections.install(connection.course.teacher, connection)
        self._work(connection)

    def _remove(self, options: dict[str, Any]) -> None:
        connection = _connection(options["connection"])
        forge_connections.remove_hooks(connection.course.teacher, connection)
        self._work(connection)

    def _system_hook(self, options: dict[str, Any]) -> None:
        server = clean_address(options["forge"], options["server"])
        with open_system_hooks(options["forge"], server, _token()) as client:
            ours = [hook.hook_id for hook in client.system_hooks() if hook.url.rstrip("/") == hook_url()]
            if options["do"] == "install" and not ours:
                client.create_system_hook(hook_url())
            for hook_id in ours if options["do"] == "remove" else ours[1:]:
                client.delete_system_hook(hook_id)
        done = "reports" if options["do"] == "install" else "no longer reports"
        self.stdout.write(f"{server} {done} all pushes to {hook_url()}")

    def _work(self, connection: ForgeConnection) -> None:
        """Do the work of the worker in this process."""
        forge_work.work(connection.pk, SECONDS)
        connection.refresh_from_db()
        self._show(connection)

    def _show(self, connection: ForgeConnection) -> None:
        counts = count_repositories(connection)
        numbers = f"{counts.total} repositories, {counts.matched} with a student, {counts.installed} hooks"
        self.stdout.write(f"{connection.pk}  {connection}  {connection.course}  {connection.state}  {numbers}")
        if connection.problem:
            self.stdout.write(f"   {problem_sentence(connection.problem, connection.problem_detail)}")


def _course(name: str) -> Course:
    teacher, _sign, rest = name.partition("/")
    semester, _sign, course_id = rest.partition("/")
    courses = Course.objects.with_wire_ids(teacher, semester, course_id).select_related("semester__teacher")
    course = courses.first()
    if course is None:
        raise CommandError(f"There is no course {name}.")
    return course


def _connection(number: int) -> ForgeConnection:
    connections = ForgeConnection.objects.select_related("course__semester__teacher")
    connection = connections.filter(pk=number).first()
    if connection is None:
        raise CommandError(f"There is no connection {number}.")
    return connection


def _token() -> str:
    if token := os.environ.get("FORGE_TOKEN", ""):
        return token
    return getpass.getpass("Token: ") if sys.stdin.isatty() else sys.stdin.readline().strip()
