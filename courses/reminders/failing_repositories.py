"""Notifies students that their own repository cannot be read. Run by the schedule."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from urllib.parse import urlencode

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import lazy

from courses.git.failing_repositories import failed_often
from courses.models import Enrolment, StudentRepository, Task
from courses.notices.moments import written_later
from gitsync.git.failures import failure_text
from kernel.epoch import to_epoch
from kernel.text.bidi import isolated
from mail.notices import not_yet_notified, notify

KIND = "courses.repository_failing"
SHORT = timedelta(hours=1)  # a shorter failure is no news, unless it was tried several times
REMEMBERED = timedelta(days=30)  # shorter than mail.retention keeps the mails, whose keys say who was notified
LONGEST_PATH = 500  # characters that a mail stores
failure_later = lazy(failure_text, str)


def failing_repositories(now: datetime) -> list[StudentRepository]:
    """Return the repositories that fail, of students of open courses, the newest failure first. One query.

    Failures that began longer ago than REMEMBERED are left out.
    """
    rows = StudentRepository.objects.filter(
        state=StudentRepository.State.FAILING,
        since__gt=now - REMEMBERED,
        enrolment__role=Enrolment.Role.STUDENT,
        enrolment__course__archived_at=None,
    )
    return list(rows.select_related("enrolment__course__semester__teacher", "enrolment__person").order_by("-since"))


def notify_failing(now: datetime | None = None) -> None:
    """Notify each student once about each failure of a repository: after an hour, or after three attempts."""
    now = now or timezone.now()
    failing = failing_repositories(now)
    recent = [repository for repository in failing if repository.since > now - SHORT]
    often = failed_often(recent)
    lasting = [repository for repository in failing if repository.since <= now - SHORT or repository.pk in often]
    by_key = {_key(repository): repository for repository in lasting}
    events = [(row.enrolment.person, key) for key, row in by_key.items()]
    to_notify = [by_key[key] for _, key in not_yet_notified(KIND, events)]
    places = _places(to_notify)
    for repository in to_notify:
        _notify(repository, places.get((repository.enrolment.course_id, repository.repo_path_hash), ""))


def _key(repository: StudentRepository) -> str:
    return f"repository:{repository.pk}:{to_epoch(repository.since)}"


def _places(repositories: Sequence[StudentRepository]) -> dict[tuple[int, str], str]:
    """Return the titles of the tasks that ask for these repositories, by course and hash of the path."""
    tasks = Task.objects.filter(
        course__in={repository.enrolment.course_id for repository in repositories},
        path_hash__in={repository.repo_path_hash for repository in repositories},
    )
    rows = tasks.values_list("course_id", "path_hash", "title")
    return {(course_id, path_hash): title for course_id, path_hash, title in rows}


@transaction.atomic
def _notify(repository: StudentRepository, place: str) -> None:
    course, person = repository.enrolment.course, repository.enrolment.person
    page = reverse("course-repository", args=(course.pk, person.username))
    place_page = f"{page}?{urlencode({'at': repository.repo_path})}"
    notify(
        person,
        KIND,
        key=_key(repository),
        template="courses/mail/repository_failing.txt",
        context={
            "course": isolated(course.title),
            "place": isolated(place),
            "reason": failure_later(repository.reason),
            "since": written_later(repository.since, course.timezone),
        },
        path=place_page if len(place_page) <= LONGEST_PATH else page,
    )
