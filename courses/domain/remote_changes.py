"""Commands that accept the new address of a repository and choose the branch that counts."""

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from courses.git import remote_changes
from courses.models import Enrolment
from courses.rules import permissions
from kernel.database.text_hash import text_hash
from kernel.errors import NotAllowed
from live.publish import changed_rows, publish


def accept_move(actor: User, enrolment: Enrolment, *, repo_path: str, new_url: str) -> None:
    """Store the address to which a student's repository has moved. Everything read from it stays.

    The student and the teacher may. Raises NotAllowed for anybody else, and Conflict when it has not moved there.
    """
    teaches = permissions.may_change(actor, enrolment.course)
    if not (teaches or permissions.may_give_repository(actor, enrolment)):
        raise NotAllowed("not_allowed", _("Only the student and the teacher can accept a new address."))
    with transaction.atomic():
        Enrolment.objects.select_for_update().get(pk=enrolment.pk)
        url = remote_changes.accept_move(enrolment, actor, repo_path=repo_path, new_url=new_url, confirmed=teaches)
        enrolment.student_repositories.filter(repo_path_hash=text_hash(repo_path)).update(url=url)
        publish(changed_rows(enrolment.course.topic, [enrolment.pk]), enrolment.topic)


def choose_branch(actor: User, enrolment: Enrolment, *, repo_path: str, branch: str) -> None:
    """Choose the branch of a student's repository that counts; "" for its default branch.

    Raises NotAllowed for a person who may not change the course, and Malformed when there is no such branch.
    """
    if not permissions.may_change(actor, enrolment.course):
        raise NotAllowed("not_allowed", _("Only the teacher of the course can choose the branch that counts."))
    with transaction.atomic():
        remote_changes.choose_branch(enrolment, actor, repo_path=repo_path, branch=branch)
        publish(changed_rows(enrolment.course.topic, [enrolment.pk]), enrolment.topic)
