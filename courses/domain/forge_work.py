"""The work of a connection with a forge: reads its list and its people, registers repositories, and sets their hooks.

A worker does one step after another under its lease (courses/domain/forge_leases.py). A worker that is killed loses one
step. The next one finds what was created (courses/git/forges.py), so each hook exists once.
"""

from collections.abc import Callable
from time import monotonic

import structlog
from django.utils import timezone

from courses.domain import forge_installation, forge_leases, forge_tokens
from courses.domain.forge_leases import LostLease, Worker
from courses.domain.forge_proposals import needs_people, write_proposals
from courses.git.forges import OF_THE_TOKEN, TEMPORARY, ForgeFailed, Reason, RemoteRepository
from courses.models import Course, ForgeConnection, ForgeRepository
from kernel.sealing import SealBroken

log = structlog.get_logger(__name__)
State, RowState = ForgeConnection.State, ForgeRepository.State
SECONDS = 120.0  # of one task; another one continues
TRIES_OF_ONE = 3  # errors about one repository; then the others go on without it
MAX_REPOSITORIES = 5_000


def work(pk: int, seconds: float = SECONDS) -> None:
    """Go on with a connection until it is done, waits, or the time is over. It may be called twice at once."""
    connection = forge_leases.claim(pk)
    if connection is None:
        return
    until, lease = monotonic() + seconds, connection.lease
    connection.course = Course.objects.select_related("semester__teacher").get(pk=connection.course_id)
    try:
        worker = Worker(connection, forge_tokens.token_of(connection), lease)
        while worker.connection.is_working and monotonic() < until:
            STEPS[State(worker.connection.state)](worker)
    except LostLease:
        return
    except SealBroken:
        forge_leases.stop(pk, lease, ForgeFailed(Reason.TOKEN))
    except ForgeFailed as failed:
        forge_leases.stop(pk, lease, failed)
    except Exception as error:  # such as an answer that nobody foresaw: tried again now and then, not for ever
        log.exception("forge_work_failed", connection=pk)
        forge_leases.stop(pk, lease, ForgeFailed(Reason.UNAVAILABLE, type(error).__name__))
    forge_leases.release(pk, lease)


def _read_page(worker: Worker) -> None:
    """Keep the next page of the list; after the last one, propose who is whose."""
    with worker.client() as client:
        page = client.repositories(worker.connection.owner, worker.connection.next_page)
    rows = worker.connection.repositories
    known = rows.filter(remote_id__in=[repository.remote_id for repository in page.repositories]).count()
    if rows.count() + len(page.repositories) - known > MAX_REPOSITORIES:
        raise ForgeFailed(Reason.TOO_MANY)

    def change(connection: ForgeConnection) -> None:
        _keep(connection, page.repositories)
        connection.next_page = page.next_page
        if not page.next_page:
            write_proposals(connection)
            connection.state = State.MATCHING

    worker.write(change)


def _keep(connection: ForgeConnection, repositories: list[RemoteRepository]) -> None:
    """Write the listed repositories; one that is known keeps its student and its hook."""
    fields = ("full_name", "clone_url", "is_private", "is_empty")
    ids = [repository.remote_id for repository in repositories]
    known = {row.remote_id: row for row in connection.repositories.filter(remote_id__in=ids)}
    new, changed = {}, []
    for repository in repositories:
        values = {name: getattr(repository, name) for name in fields}
        row = known.get(repository.remote_id)
        if row is None:
            new[repository.remote_id] = ForgeRepository(connection=connection, remote_id=repository.remote_id, **values)
        elif any(getattr(row, name) != value for name, value in values.items()):
            for name, value in values.items():
                setattr(row, name, value)
            changed.append(row)
    ForgeRepository.objects.bulk_create(new.values())
    ForgeRepository.objects.bulk_update(changed, fields)


def _read_people(worker: Worker) -> None:
    """Ask for the people of the next repository that its name does not settle; at the end propose again."""
    keys = needs_people(worker.connection)
    row = worker.connection.repositories.filter(pk=keys[0]).first() if keys else None
    if row is None:
        worker.write(_propose)
        return
    people: list[tuple[str, str]] = []
    try:
        with worker.client() as client:
            people = [(member.login, member.email) for member in client.members(forge_installation.remote(row))]
    except ForgeFailed as failed:
        if failed.reason in TEMPORARY | OF_THE_TOKEN:
            raise  # an error about this repository alone leaves its people unknown
    worker.write(lambda _connection: forge_installation.save(row, people=people))


def _propose(connection: ForgeConnection) -> None:
    write_proposals(connection)
    connection.state = State.PROPOSED


def _install_next(worker: Worker) -> None:
    """Register the next repository and install its hook."""
    begun = (RowState.LISTED, RowState.REGISTERED)
    waiting = worker.connection.repositories.filter(state__in=begun, enrolment__isnull=False)
    row = waiting.select_related("enrolment__person", "enrolment__group").order_by("attempts", "pk").first()
    if row is None:
        worker.write(_end_installation)
        return
    _act_on_one(worker, row, forge_installation.install_one)


def _end_installation(connection: ForgeConnection) -> None:
    connection.state = State.INSTALLED
    connection.repositories.filter(people__isnull=False).update(
        people=None
    )  # names and addresses that served their purpose


def _remove_next(worker: Worker) -> None:
    """Remove the hook of the next repository; after the last one, forget the token."""
    begun = worker.connection.repositories.filter(state__in=(RowState.REGISTERED, RowState.INSTALLED))
    row = begun.order_by("attempts", "pk").first()
    if row is None:
        worker.write(_end_removal)
        return
    _act_on_one(worker, row, forge_installation.remove_one)


def _end_removal(connection: ForgeConnection) -> None:
    connection.state = State.REMOVED
    if not connection.repositories.filter(state=RowState.FAILED).exists():
        forge_tokens.forget_token(connection.created_by, connection)


def _act_on_one(worker: Worker, row: ForgeRepository, act: Callable[[Worker, ForgeRepository], None]) -> None:
    """Do the step of one repository. An error about it alone becomes its own state, and the others go on."""
    try:
        act(worker, row)
    except ForgeFailed as failed:
        if failed.reason in OF_THE_TOKEN or failed.reason == Reason.LIMIT:
            raise
        is_final = failed.reason not in TEMPORARY or row.attempts + 1 >= TRIES_OF_ONE
        problem = {"problem": failed.reason.value, "problem_detail": failed.detail, "attempts": row.attempts + 1}
        state = {"state": RowState.FAILED, "done_at": timezone.now()} if is_final else {}
        worker.write(lambda _connection: forge_installation.save(row, **problem, **state), is_success=is_final)
        if not is_final:
            raise


STEPS: dict[ForgeConnection.State, Callable[[Worker], None]] = {
    State.LISTING: _read_page,
    State.MATCHING: _read_people,
    State.INSTALLING: _install_next,
    State.REMOVING: _remove_next,
}
