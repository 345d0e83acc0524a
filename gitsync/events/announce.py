"""Which events a registration is owed, in the order of docs/wire.md. Call under the lock of the Clone's row.

OnClone or OnPull, OnNewCommits (at most 500 commits each), OnExerciseCompleted…; after a rewrite
OnExerciseCompletedUpdate…, OnCommitModelUpdate. A registration remembers what it was told.
"""

import json
from collections.abc import Collection, Iterable, Iterator, Sequence

from django.db.models import Min

from gitsync.events import messages, outbox
from gitsync.git.failures import SILENT, Reason
from gitsync.models import Commit, Completion, LocalCopy, Registration
from gitsync.queries.commit_json import Told
from kernel.database.bulk import batched
from kernel.database.text_hash import text_hash

COMMITS_PER_EVENT = 500
EVENT_BYTES = 900_000  # as json.dumps writes it; one commit that is larger goes alone
LARGEST = 10_000_000  # and without some of its files where it is larger still: a dashboard takes EVENT_BODY_LIMIT


def after_success(
    registration: Registration,
    gained: Sequence[str],
    *,
    local_copy: LocalCopy,
    moved: bool = False,
    rewritten: bool = False,
    was_completed: Iterable[str] = (),
) -> None:
    """A good sync has ended: `clone` as it will be. `gained`: what the branch gained, parents first, already matched.

    `was_completed`: the exercises that were complete before; `rewritten`: the branch also lost commits.
    """
    if registration.announced != Registration.Announced.CLONED:
        catch_up(registration, local_copy)
        return
    if not (moved or gained or registration.pull_failed):
        return
    outbox.emit(registration, messages.on_pull(registration))
    _tell_commits(registration, _named(registration.repository_id, gained))
    if gained or rewritten:
        _tell_completions(registration, set(was_completed))
    if rewritten:
        outbox.emit(registration, messages.on_commit_model_update(registration))
    registration.pull_failed = False
    registration.announced_head = local_copy.head or registration.announced_head
    registration.save(update_fields=["pull_failed", "announced_head"])


def after_failure(registration: Registration, reason: Reason | str) -> None:
    """A sync has failed: one event when that is news for this registration."""
    if reason in SILENT:
        return
    if registration.announced == Registration.Announced.CLONED:
        if not registration.pull_failed:
            outbox.emit(registration, messages.on_pull_failed(registration, str(reason)))
            registration.pull_failed = True
    elif registration.announced == Registration.Announced.NOTHING:
        outbox.emit(registration, messages.on_clone_failed(registration, str(reason)))
        registration.announced = Registration.Announced.FAILED
    registration.save(update_fields=["announced", "pull_failed"])


def catch_up(registration: Registration, local_copy: LocalCopy | None = None) -> None:
    """Tell a registration all that is known of its Address: it is new, or the first clone has just ended well.

    Its commits must have been matched. An Address that was never read yet has nothing to tell. `clone`: where it is at
    hand, and perhaps not yet as it is in the database.
    """
    local_copy = local_copy or LocalCopy.objects.get(repository_id=registration.repository_id)
    if local_copy.last_good_at is None:
        if local_copy.status in (LocalCopy.Status.FAILING, *LocalCopy.STOPPED) and local_copy.reason:
            after_failure(registration, local_copy.reason)
        return
    outbox.emit(registration, messages.on_clone(registration))
    commits = Commit.objects.filter(repository_id=registration.repository_id, reachable=True).order_by("pk")
    registration.announced_head = ""
    told = map(Told._make, commits.values_list(*Told._fields).iterator(COMMITS_PER_EVENT))
    _tell_commits(registration, batched(told, COMMITS_PER_EVENT))
    completed = completed_exercises(registration)
    outbox.emit(registration, *_completions(registration, completed))
    registration.announced = Registration.Announced.CLONED
    registration.pull_failed = False
    registration.announced_head = local_copy.head
    registration.save(update_fields=["announced", "pull_failed", "announced_head"])
    if local_copy.status != LocalCopy.Status.OK and local_copy.reason:
        after_failure(registration, local_copy.reason)


def completed_exercises(registration: Registration) -> set[str]:
    """Paths of the exercises that a commit of the branch completes now."""
    reachable = Completion.objects.filter(registration=registration, commit__reachable=True)
    return set(reachable.values_list("exercise_path", flat=True))


def _tell_completions(registration: Registration, before: set[str]) -> None:
    now = completed_exercises(registration)
    lost = completion_updates(registration, before - now, completed=False)
    outbox.emit(registration, *_completions(registration, now - before), *lost)


def completion_updates(
    registration: Registration, exercise_paths: Collection[str], *, completed: bool
) -> list[messages.Body]:
    """An OnExerciseCompletedUpdate for each, by path."""
    first = _late_times(registration, exercise_paths)
    return [
        messages.on_exercise_completed_update(registration, path, first.get(text_hash(path)), completed=completed)
        for path in sorted(exercise_paths)
    ]


def _completions(registration: Registration, exercise_paths: Collection[str]) -> list[messages.Body]:
    first = _late_times(registration, exercise_paths)
    return [
        messages.on_exercise_completed(registration, path, first.get(text_hash(path)))
        for path in sorted(exercise_paths)
    ]


def _late_times(registration: Registration, exercise_paths: Collection[str]) -> dict[str, int]:
    """By the hash of the path: the earliest lateness time of a completing commit."""
    if not exercise_paths:
        return {}
    hashes = [text_hash(path) for path in exercise_paths]
    rows = Completion.objects.filter(registration=registration, exercise_path_hash__in=hashes)
    firsts = rows.values("exercise_path_hash").annotate(first=Min("commit__late_time"))
    return dict(firsts.values_list("exercise_path_hash", "first"))


def _named(repository_id: int, shas: Sequence[str]) -> Iterator[list[Told]]:
    """Commits in the order of their shas, as many at a time as one event tells."""
    for start in range(0, len(shas), COMMITS_PER_EVENT):
        some = shas[start : start + COMMITS_PER_EVENT]
        rows = Commit.objects.filter(repository_id=repository_id, sha__in=some).values_list(*Told._fields)
        known = {commit.sha: commit for commit in map(Told._make, rows)}
        yield [known[sha] for sha in some]


def _tell_commits(registration: Registration, events: Iterable[Sequence[Told]]) -> None:
    before = registration.announced_head
    for some in events:
        _tell_some(registration, some, before)
        before = some[-1].sha


def _tell_some(registration: Registration, some: Sequence[Told], before: str) -> None:
    """One event, or halves of it while it is larger than any dashboard likes."""
    body = messages.on_new_commits(registration, some, before)
    if len(some) > 1 and len(json.dumps(body)) > EVENT_BYTES:
        middle = len(some) // 2
        _tell_some(registration, some[:middle], before)
        _tell_some(registration, some[middle:], some[middle - 1].sha)
    else:
        outbox.emit(registration, _cut(body))


def _cut(body: messages.Body) -> messages.Body:
    """With fewer files of its last commit, until a dashboard can take it; whoever asks for commits hears of all."""
    files = body["commits"][-1]["modifiedFiles"]
    while files and len(json.dumps(body)) > LARGEST:
        del files[len(files) // 2 :]
    return body
