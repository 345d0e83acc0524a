"""Commands with which students give, replace and remove their repositories, and teachers confirm them.

Each one also changes the registration in the Git module, in the same transaction.
"""

from collections.abc import Collection

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import audit
from accounts.models import User
from accounts.principals import Principal, is_program
from courses.domain import erasure
from courses.git import git_module, given_addresses, repository_confirmation
from courses.git.enrolment_check import asks_for_repository, has_team_repository
from courses.models import Course, Enrolment, StudentRepository
from courses.rules import permissions
from kernel.database.text_hash import text_hash
from kernel.errors import Conflict, Malformed, NotAllowed
from live.publish import changed_rows, publish


def give_repository(actor: User, enrolment: Enrolment, *, repo_path: str, url: str) -> StudentRepository:
    """Set the student's repository for one repository path of the course.

    A new repository is in the state "clone in progress" until an event reports its clone; the data read from the old
    one is erased. The same repository again keeps its state, and the Git module reads it once more.

    Raises NotAllowed for anyone but the student, Malformed with the field (`url`, `repo_path`) at fault, and Conflict
    where the student's team has its repository.
    """
    if not permissions.may_give_repository(actor, enrolment):
        raise NotAllowed("not_allowed", _("Only the student gives or removes a repository."))
    return _save_repository(actor, enrolment, repo_path, url, confirmed=False)


def place_repository(actor: User | None, enrolment: Enrolment, *, repo_path: str, url: str) -> StudentRepository:
    """Set the student's repository from a list of the teacher, which also confirms it. The caller checks who may.

    actor: the teacher, or None when the account is gone.

    Raises Conflict when the student gave another repository, and Malformed as `give_repository` does.
    """
    return _save_repository(actor, enrolment, repo_path, url, confirmed=True)


def _save_repository(
    actor: User | None, enrolment: Enrolment, repo_path: str, url: str, *, confirmed: bool
) -> StudentRepository:
    url = given_addresses.clean_url(url)
    if not asks_for_repository(enrolment.course, repo_path):
        raise Malformed("bad_path", _("No repository is asked for at this place."), field="repo_path")
    with transaction.atomic():
        Enrolment.objects.select_for_update().get(pk=enrolment.pk)
        enrolment.refresh_from_db(fields=["group", "team"])  # the registration has the group's id, fixed from now on
        _must_not_be_of_team(enrolment, repo_path)
        if confirmed:
            _must_not_replace_another(enrolment, repo_path, url)
        return save_repository(actor, enrolment, repo_path=repo_path, url=url, confirmed=confirmed)


def save_repository(
    actor: Principal | None, enrolment: Enrolment, *, repo_path: str, url: str, confirmed: bool = False
) -> StudentRepository:
    """Save a clean address as a student's repository, in the caller's transaction, which has locked the enrolment.

    confirmed: the teacher says that the repository is the student's.
    """
    repository = StudentRepository.objects.filter(enrolment=enrolment, repo_path_hash=text_hash(repo_path)).first()
    before = repository.url if repository else ""
    if repository is None:
        repository = StudentRepository(enrolment=enrolment, repo_path=repo_path, repo_path_hash=text_hash(repo_path))
    repository.enrolment = enrolment
    is_other = not given_addresses.same_repository(before, url)
    if is_other:
        erasure.erase_repository_data(enrolment, repo_path)
        repository.state, repository.reason = StudentRepository.State.WAITING, ""
        repository.since, repository.seen_at = timezone.now(), None
    repository.url = url
    repository.save()
    git_module.register_repository(repository, afresh=is_other, confirmed=confirmed)
    audit.record(
        actor,
        "courses.place_repository" if confirmed else "courses.give_repository",
        f"enrolment:{enrolment.pk}",
        before={"url": before} if before else {},
        after={"url": url, "repo_path": repo_path},
    )
    publish(changed_rows(enrolment.course.topic, [enrolment.pk]), enrolment.topic)
    return repository


def remove_repository(actor: User, repository: StudentRepository) -> None:
    """Remove a student's repository and erase the data that was read from it.

    Raises NotAllowed for anyone else, and Conflict for the repository of their team.
    """
    enrolment = repository.enrolment
    if not permissions.may_give_repository(actor, enrolment):
        raise NotAllowed("not_allowed", _("Only the student gives or removes a repository."))
    with transaction.atomic():
        Enrolment.objects.select_for_update().get(pk=enrolment.pk)
        enrolment.refresh_from_db(fields=["team"])
        _must_not_be_of_team(enrolment, repository.repo_path)
        erase_repository(actor, repository)


def erase_repository(actor: Principal, repository: StudentRepository) -> None:
    """Delete a student's repository and its data, in the caller's transaction, which has locked the enrolment."""
    enrolment = repository.enrolment
    git_module.delete_repository(repository)
    erasure.erase_repository_data(enrolment, repository.repo_path)
    before = {"url": repository.url, "repo_path": repository.repo_path}
    repository.delete()
    audit.record(actor, "courses.remove_repository", f"enrolment:{enrolment.pk}", before=before)
    publish(changed_rows(enrolment.course.topic, [enrolment.pk]), enrolment.topic)


def _must_not_be_of_team(enrolment: Enrolment, repo_path: str) -> None:
    if has_team_repository(enrolment, repo_path):
        sentence = _("This is the repository of your team. Ask your teacher to change it.")
        raise Conflict("of_team", sentence, field="url")


def _must_not_replace_another(enrolment: Enrolment, repo_path: str, url: str) -> None:
    """Refuse to replace the repository that the student gave by another one."""
    repository = StudentRepository.objects.filter(enrolment=enrolment, repo_path_hash=text_hash(repo_path)).first()
    if repository and not given_addresses.same_repository(repository.url, url):
        sentence = _("The student gave another repository: %(url)s.") % {"url": repository.url}
        raise Conflict("other_repository", sentence)


def confirm_repositories(actor: Principal, course: Course, keys: Collection[int] | None = None) -> int:
    """Confirm that repositories are the students' own, and return how many were confirmed.

    keys: those of the rows that `repository_confirmation.waiting_registrations` returned; None for all of the course.

    Raises NotAllowed for a person who may not change the course.
    """
    if not (is_program(actor) or (isinstance(actor, User) and permissions.may_change(actor, course))):
        raise NotAllowed("not_allowed", _("Only the teacher of the course can confirm repositories."))
    confirmed = repository_confirmation.confirm_registrations(course, actor, keys)
    if confirmed:
        publish(course.topic, course.plan_topic)
    return confirmed
