"""Commands of a teacher about the forge of a course: connect it, settle who is whose, install and remove the hooks.

A command only changes rows. `courses/domain/forge_work.py` talks to the forge, in a task.
"""

from django.db import transaction
from django.utils.translation import gettext as _

from accounts import audit
from accounts.models import User
from courses.domain import forge_tokens
from courses.domain.forge_leases import TASK
from courses.git.enrolment_check import asks_for_repository
from courses.git.forges import clean_address
from courses.models import Course, ForgeConnection, ForgeRepository
from courses.rules import permissions
from courses.rules.forge_owner import clean_owner
from kernel.errors import Conflict, Malformed, NotAllowed
from kernel.task_queue import queue_after_commit
from live.publish import publish

State, RowState = ForgeConnection.State, ForgeRepository.State


def connect(
    actor: User,
    course: Course,
    *,
    forge: str,
    base_url: str,
    owner: str,
    token: str,
    repo_path: str,
    reads_with_token: bool = True,
) -> ForgeConnection:
    """Keep the token of a forge, and begin to read the list of the repositories of an organisation or a group.

    The same organisation again replaces the token and reads the list again; what is installed stays.

    reads_with_token: also read the private repositories with the token, once the teacher has confirmed the list.

    Raises NotAllowed, Malformed with the field at fault, and Conflict for an archived course or while a worker works
    on it.
    """
    must_change(actor, course)
    base_url = clean_address(forge, base_url)
    owner = clean_owner(owner, base_url)
    forge_tokens.clean_token(token)
    if not asks_for_repository(course, repo_path):
        raise Malformed("bad_path", _("No repository is asked for at this place."), field="repo_path")
    with transaction.atomic():
        if Course.objects.select_for_update().get(pk=course.pk).archived_at:
            raise Conflict("archived", _("This course is archived. Restore it before you connect a forge."))
        rows = ForgeConnection.objects.select_for_update()
        connection = rows.filter(course=course, base_url=base_url, owner=owner).first()
        if connection is None:
            connection = ForgeConnection.objects.create(course=course, base_url=base_url, owner=owner, forge=forge)
        elif connection.is_working and not is_stopped(connection):
            raise busy()
        connection.course, connection.created_by = course, actor
        connection.forge, connection.repo_path, connection.next_page = forge, repo_path, ""
        connection.reads_with_token = reads_with_token
        if not reads_with_token:
            forge_tokens.stop_reading(actor, connection)
        forge_tokens.keep_token(actor, connection, token)
        _begin(connection, State.LISTING)
        after = {"forge": forge, "base_url": base_url, "owner": owner, "repo_path": repo_path}
        audit.record(actor, "courses.connect_forge", f"course:{course.pk}", after=after)
    return connection


def install(actor: User, connection: ForgeConnection) -> None:
    """Register the repositories that have a student, and install the hook in each.

    Again, it tries what failed, and looks at every hook: one that is missing or has an old address is installed.
    """
    must_change(actor, connection.course)
    with transaction.atomic():
        locked = lock(connection)
        if locked.is_working:
            raise busy()
        _must_have_token(locked)
        clean = {"attempts": 0, "problem": "", "problem_detail": ""}
        locked.repositories.filter(ForgeRepository.NOT_REGISTERED).update(state=RowState.LISTED, **clean)
        locked.repositories.exclude(state=RowState.LISTED).update(state=RowState.REGISTERED, **clean)
        number = locked.repositories.filter(enrolment__isnull=False).count()
        if not number:
            raise Conflict("nobody", _("No repository has a student yet. Choose the students first."))
        forge_tokens.read_with_token(actor, locked)
        locked.created_by = actor
        _begin(locked, State.INSTALLING)
        after = {"owner": locked.owner, "host": locked.host, "repositories": number}
        audit.record(actor, "courses.install_hooks", f"course:{locked.course_id}", after=after)


def remove_hooks(actor: User, connection: ForgeConnection) -> None:
    """Remove the hooks from all repositories. The registered repositories stay, and are read now and then."""
    must_change(actor, connection.course)
    with transaction.atomic():
        locked = lock(connection)
        if locked.is_working and not is_stopped(locked):
            raise busy()
        _must_have_token(locked)
        failed = locked.repositories.filter(state=RowState.FAILED).exclude(ForgeRepository.NOT_REGISTERED)
        failed.update(state=RowState.REGISTERED, attempts=0, problem="", problem_detail="")
        _begin(locked, State.REMOVING)
        after = {"owner": locked.owner, "host": locked.host}
        audit.record(actor, "courses.remove_hooks", f"course:{locked.course_id}", after=after)


def replace_token(actor: User, connection: ForgeConnection, token: str) -> None:
    """Keep another token, and go on with what the old one could not do. Raises Malformed with the field `token`."""
    must_change(actor, connection.course)
    with transaction.atomic():
        locked = lock(connection)
        forge_tokens.keep_token(actor, locked, token)
        _begin(locked, State(locked.state))


def try_again(actor: User, connection: ForgeConnection) -> None:
    """Go on with work that has stopped because of the forge. Raises Conflict when it has not."""
    must_change(actor, connection.course)
    with transaction.atomic():
        locked = lock(connection)
        if not is_stopped(locked):
            raise busy()
        _must_have_token(locked)
        _begin(locked, State(locked.state))


def forget_token(actor: User, connection: ForgeConnection) -> None:
    """Forget the token; private repositories are no longer read with it.

    The hooks stay; to try again or to remove them, a token is given again.
    """
    must_change(actor, connection.course)
    with transaction.atomic():
        locked = lock(connection)
        if locked.is_working and not is_stopped(locked):
            raise busy()
        forge_tokens.forget_token(actor, locked)
        locked.save()
        publish(locked.topic)


def forget(actor: User, connection: ForgeConnection) -> None:
    """Forget the connection, its token and its list. Registered repositories and installed hooks stay."""
    must_change(actor, connection.course)
    with transaction.atomic():
        locked = lock(connection)
        if locked.is_working and not is_stopped(locked):
            raise busy()
        after = {"owner": locked.owner, "host": locked.host}
        audit.record(actor, "courses.forget_forge", f"course:{locked.course_id}", after=after)
        forge_tokens.forget_token(actor, locked)
        topic = locked.topic
        locked.delete()
        publish(topic)


def is_stopped(connection: ForgeConnection) -> bool:
    """Whether the work goes on only after a person has done something."""
    return bool(connection.problem) and connection.next_attempt_at is None


def _begin(connection: ForgeConnection, state: ForgeConnection.State) -> None:
    connection.state, connection.problem, connection.problem_detail = state, "", ""
    connection.attempts, connection.next_attempt_at = 0, None
    connection.lease, connection.leased_until = "", None
    connection.save()
    publish(connection.topic)
    if connection.is_working:
        queue_after_commit(TASK, connection.pk)


def lock(connection: ForgeConnection) -> ForgeConnection:
    locked = ForgeConnection.objects.select_for_update().get(pk=connection.pk)
    locked.course = connection.course
    return locked


def must_change(actor: User, course: Course) -> None:
    if not permissions.may_change(actor, course):
        raise NotAllowed("not_allowed", _("Only the teacher of the course connects a forge."))


def _must_have_token(connection: ForgeConnection) -> None:
    if not connection.sealed_token:
        raise Conflict("no_token", _("The token was forgotten. Give a token first."))


def busy() -> Conflict:
    return Conflict("busy", _("Atelier is at work on this connection. Wait until it is done."))
