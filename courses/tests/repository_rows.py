"""Short ways for the tests of the page "Repositories": repositories that students gave, and how they are read."""

from datetime import datetime, timedelta
from typing import Any

from django.http import HttpResponse
from django.utils import timezone

from courses.domain import student_repositories
from courses.models import Enrolment, StudentRepository
from courses.tests.conftest import REPOSITORY_URL
from gitsync.models import Delivery, LocalCopy, Registration

WAIT = timedelta(hours=6)


def give(enrolment: Enrolment, url: str = "") -> StudentRepository:
    url = url or REPOSITORY_URL.format(enrolment.person.username)
    return student_repositories.give_repository(enrolment.person, enrolment, repo_path="/depot", url=url)


def give_and_read(*enrolments: Enrolment) -> None:
    """Each gives a repository, and all are read a moment ago: 2.5 MB each."""
    for enrolment in enrolments:
        give(enrolment)
    values = {"status": "ok", "dirty": False, "next_attempt_at": None, "last_good_at": timezone.now()}
    LocalCopy.objects.update(**values, size_bytes=2_500_000)


def copy_of(student: str) -> LocalCopy:
    return LocalCopy.objects.get(repository__registrations__student__student_id=student)


def store(student: str, **values: Any) -> None:
    LocalCopy.objects.filter(pk=copy_of(student).pk).update(**values)


def key_of(student: str) -> int:
    return Registration.objects.get(student__student_id=student).pk


def receive_hook(student: str, at: datetime) -> None:
    pk = copy_of(student).repository_id
    Delivery.objects.create(repository_id=pk, delivery_hash=student, received_at=int(at.timestamp()), forge="gitea")


def names(response: Any) -> list[str]:
    return [row.username for row in response.context["shown"].rows]


def text_of(response: HttpResponse) -> str:
    return " ".join(response.content.decode().split())
