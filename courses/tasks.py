"""Celery tasks. Each may run twice without harm. `sweep` queues again the work that the broker lost."""

import requests
from celery import shared_task

from courses.domain import forge_leases, forge_work, roster_imports, work_zip_making, work_zips
from courses.git import outgoing_messages, refresh
from courses.models import Enrolment
from courses.reminders import deadlines_tomorrow, failing_repositories, team_notices

SWEEP = 200  # refreshes queued in one sweep


@shared_task(name="courses.tasks.send_messages")
def send_messages(course_key_hash: str) -> None:
    outgoing_messages.send_due(course_key_hash)


@shared_task(
    name="courses.tasks.refresh_commits",
    autoretry_for=(requests.RequestException, ValueError),
    retry_backoff=True,
    max_retries=5,
)
def refresh_commits(enrolment_id: int) -> None:
    refresh.refresh_commits(enrolment_id)


@shared_task(name=roster_imports.TASK)
def apply_roster_import(pk: int, language: str = "") -> None:
    roster_imports.apply_all(pk, language)


@shared_task(name=forge_leases.TASK)
def work_on_forge(pk: int) -> None:
    forge_work.work(pk)


@shared_task(name=work_zips.TASK)
def make_work_zip(pk: int) -> None:
    work_zip_making.make(pk)


@shared_task(name="courses.tasks.remind_of_deadlines")
def remind_of_deadlines() -> None:
    deadlines_tomorrow.remind_of_deadlines()


@shared_task(name="courses.tasks.notify_failing")
def notify_failing() -> None:
    failing_repositories.notify_failing()


@shared_task(name="courses.tasks.notify_teams")
def notify_teams() -> None:
    team_notices.notify_teams()


@shared_task(name="courses.tasks.sweep")
def sweep() -> None:
    """Queue again the messages that are due, and the refreshes, imports of people and ZIPs that are not done yet."""
    work_zips.end_expired()
    work_zip_making.queue_waiting()
    roster_imports.queue_stalled()
    roster_imports.forget_old()
    forge_leases.queue_stalled()
    for course_key_hash in outgoing_messages.due_courses():
        send_messages.delay(course_key_hash)
    for pk in Enrolment.objects.filter(commits_stale=True).values_list("pk", flat=True)[:SWEEP]:
        refresh_commits.delay(pk)
