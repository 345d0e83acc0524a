"""A student's repository: given, replaced, removed. The Git module is told in the same transaction."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import audit
from accounts.models import User
from courses.domain import replay
from courses.git import git_module
from courses.models import Enrolment, StudentRepository
from courses.rules import permissions, tree
from kernel.database.text_hash import text_hash
from kernel.errors import Malformed, NotAllowed
from live.publish import publish


def give_repository(actor: User, enrolment: Enrolment, *, repo_path: str, url: str) -> StudentRepository:
    """The student's repository at this place, from now on. The state is "clone in progress" until an event says more.

    The same repository again keeps its state and is looked at once more. Raises NotAllowed, or Malformed with the field
    (`url`, `repo_path`) at fault.
    """
    if not permissions.may_give_repository(actor, enrolment):
        raise NotAllowed("not_allowed", _("Only the student gives or removes a repository."))
    url = url.strip()
    git_module.check_url(url)
    nodes = tree.outline(list(enrolment.course.tasks.without_statements()))
    if repo_path not in {place.repo_path for place in tree.repository_places(nodes)}:
        raise Malformed("bad_path", _("No repository is asked for at this place."), field="repo_path")
    with transaction.atomic():
        Enrolment.objects.select_for_update().get(pk=enrolment.pk)
        repository = StudentRepository.objects.filter(enrolment=enrolment, repo_path_hash=text_hash(repo_path)).first()
        before = repository.url if repository else ""
        if repository is None:
            repository = StudentRepository(
                enrolment=enrolment, repo_path=repo_path, repo_path_hash=text_hash(repo_path)
            )
        repository.enrolment = enrolment
        other = not git_module.same_repository(before, url)
        if other:
            replay.forget_place(enrolment, repo_path)
            repository.state, repository.reason, repository.seen_at = (
                StudentRepository.State.WAITING,
                "",
                None,
            )
            repository.since = timezone.now()
        repository.url = url
        repository.save()
        git_module.register_repository(repository, afresh=other)
        audit.record(
            actor,
            "courses.give_repository",
            f"enrolment:{enrolment.pk}",
            before={"url": before} if before else {},
            after={"url": url, "repo_path": repo_path},
        )
        publish(enrolment.course.topic, enrolment.topic)
    return repository


def remove_repository(actor: User, repository: StudentRepository) -> None:
    """Take the repository away, with everything that was read from it."""
    enrolment = repository.enrolment
    if not permissions.may_give_repository(actor, enrolment):
        raise NotAllowed("not_allowed", _("Only the student gives or removes a repository."))
    with transaction.atomic():
        Enrolment.objects.select_for_update().get(pk=enrolment.pk)
        git_module.delete_repository(repository)
        replay.forget_place(enrolment, repository.repo_path)
        before = {"url": repository.url, "repo_path": repository.repo_path}
        repository.delete()
        audit.record(actor, "courses.remove_repository", f"enrolment:{enrolment.pk}", before=before)
        publish(enrolment.course.topic, enrolment.topic)
