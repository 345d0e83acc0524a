"""Which events a registration gets after a sync, in the order of docs/wire.md.

The order is OnClone or OnPull, OnNewCommits (at most 500 commits each), OnExerciseCompleted…; after a forced push also
OnExerciseCompletedUpdate… and OnCommitModelUpdate. A registration remembers what was announced. A hidden registration
gets no event. Call these functions under the lock of the repository's LocalCopy row.
"""

import json
from collections.abc import Collection, Iterable, Iterator, Sequence

from django.db.models import Min

from gitsync.events import messages, outbox
from gitsync.git.failures import SILENT, Reason
from gitsync.models import Commit, Completion, LocalCopy, Registration
from gitsync.queries.commit_rows import JsonCommit
from kernel.database.bulk import batched
from kernel.database.compiled import CompiledQuery, padded
from kernel.database.text_hash import text_hash

COMPLETED = CompiledQuery(
    lambda registration: Completion.objects.filter(registration=registration, commit__reachable=True).values_list(
        "exercise_path"
    )
)
EARLIEST = CompiledQuery(
    lambda registration, *hashes: (
        Completion.objects.filter(registration=registration, exercise_path_hash__in=hashes)
        .values("exercise_path_hash")
        .annotate(claimed=Min("claimed_time"), seen=Min("seen_by"))
        .values_list("exercise_path_hash", "claimed", "seen")
    )
)
COMMITS_PER_EVENT = 500
EVENT_BYTES = 900_000  # as json.dumps writes it; a single commit may be larger
MAX_EVENT_BYTES = 10_000_000  # a larger commit loses some of its files; receivers take EVENT_BODY_LIMIT bytes


def after_success(
    registration: Registration,
    gained: Sequence[str],
    *,
    local_copy: LocalCopy,
    moved: bool = False,
    rewritten: bool = False,
    another_branch: bool = False,
    was_completed: Iterable[str] = (),
) -> None:
    """Write the events of a successful sync.

    `gained` are the shas that the branch gained, parents first; they are already matched. `local_copy` has the values
    that it will have after the sync. `moved`: the branch has another last commit. `rewritten`: it also lost commits.
    `another_branch`: the reason is that the teacher chose another branch. `was_completed` are the exercises that were
    completed before.
    """
    if registration.hidden:
        if not registration.waits:  # no permission of its course reads it
            after_failure(registration, Reason.NO_ACCESS)
        return
    if registration.announced != Registration.Announced.CLONED:
        announce_everything(registration, local_copy)
        return
    if not (moved or gained or registration.pull_failed):
        return
    outbox.emit(registration, messages.on_pull(registration))
    _announce_commits(registration, _commits_by_sha(registration.repository_id, gained))
    if gained or rewritten:
        _announce_completions(registration, set(was_completed), "" if another_branch else messages.REWRITTEN)
    if rewritten:
        outbox.emit(registration, messages.on_commit_model_update(registration))
    registration.pull_failed = False
    registration.announced_head = local_copy.head or registration.announced_head
    registration.save(update_fields=["pull_failed", "announced_head"])


def after_failure(registration: Registration, reason: Reason | str) -> None:
    """Write the event of a failed sync, once for each registration.

    A fault of our own (SILENT) makes no event.
    """
    if reason in SILENT or registration.waits:
        return
    if registration.announced == Registration.Announced.CLONED:
        if not registration.pull_failed:
            outbox.emit(registration, messages.on_pull_failed(registration, str(reason)))
            registration.pull_failed = True
    elif registration.announced == Registration.Announced.NOTHING:
        outbox.emit(registration, messages.on_clone_failed(registration, str(reason)))
        registration.announced = Registration.Announced.FAILED
    registration.save(update_fields=["announced", "pull_failed"])


def announce_everything(registration: Registration, local_copy: LocalCopy | None = None) -> None:
    """Write events for everything that is known of the registration's repository.

    Call this for a new registration, and after the first successful sync.

    Its commits must be matched already. A repository that was never read has nothing to announce. `local_copy` saves a
    query where the caller has it, and may have values that are not saved yet.
    """
    if registration.hidden:
        return
    local_copy = local_copy or LocalCopy.objects.get(repository_id=registration.repository_id)
    if local_copy.last_good_at is None:
        if local_copy.status in LocalCopy.NOT_READ and local_copy.reason:
            after_failure(registration, local_copy.reason)
        return
    outbox.emit(registration, messages.on_clone(registration))
    commits = Commit.objects.filter(repository_id=registration.repository_id, reachable=True).order_by("pk")
    registration.announced_head = ""
    rows = map(JsonCommit._make, commits.values_list(*JsonCommit._fields).iterator(COMMITS_PER_EVENT))
    _announce_commits(registration, batched(rows, COMMITS_PER_EVENT))
    completed = completed_exercises(registration)
    outbox.emit(registration, *_completions(registration, completed))
    registration.announced = Registration.Announced.CLONED
    registration.pull_failed = False
    registration.announced_head = local_copy.head
    registration.save(update_fields=["announced", "pull_failed", "announced_head"])
    if local_copy.status != LocalCopy.Status.OK and local_copy.reason:
        after_failure(registration, local_copy.reason)


def completed_exercises(registration: Registration) -> set[str]:
    """Return the paths of the exercises that a commit of the branch completes now."""
    return {path for (path,) in COMPLETED.rows(registration.pk)}


def completion_updates(
    registration: Registration, exercise_paths: Collection[str], *, completed: bool, reason: str = ""
) -> list[messages.Body]:
    """Return one OnExerciseCompletedUpdate for each exercise, sorted by path."""
    times = _completion_times(registration, exercise_paths)
    return [
        messages.on_exercise_completed_update(
            registration, path, times.get(text_hash(path)), completed=completed, reason=reason
        )
        for path in sorted(exercise_paths)
    ]


def _announce_completions(registration: Registration, before: set[str], reason: str) -> None:
    now = completed_exercises(registration)
    lost = completion_updates(registration, before - now, completed=False, reason=reason)
    outbox.emit(registration, *_completions(registration, now - before), *lost)


def _completions(registration: Registration, exercise_paths: Collection[str]) -> list[messages.Body]:
    times = _completion_times(registration, exercise_paths)
    return [
        messages.on_exercise_completed(registration, path, times.get(text_hash(path)))
        for path in sorted(exercise_paths)
    ]


def _completion_times(
    registration: Registration, exercise_paths: Collection[str]
) -> dict[str, messages.CompletionTimes]:
    """Return the earliest times of the commits that complete each exercise, by the exercise's path hash."""
    if not exercise_paths:
        return {}
    rows = EARLIEST.rows(registration.pk, *padded([text_hash(path) for path in exercise_paths]))
    return {path_hash: messages.CompletionTimes(claimed, seen) for path_hash, claimed, seen in rows}


def _commits_by_sha(repository_id: int, shas: Sequence[str]) -> Iterator[list[JsonCommit]]:
    """Yield the commits in the order of `shas`, one list for each event."""
    for start in range(0, len(shas), COMMITS_PER_EVENT):
        slice_ = shas[start : start + COMMITS_PER_EVENT]
        rows = Commit.objects.filter(repository_id=repository_id, sha__in=slice_).values_list(*JsonCommit._fields)
        commits = {commit.sha: commit for commit in map(JsonCommit._make, rows)}
        yield [commits[sha] for sha in slice_]


def _announce_commits(registration: Registration, slices: Iterable[Sequence[JsonCommit]]) -> None:
    before = registration.announced_head
    for commits in slices:
        _announce_slice(registration, commits, before)
        before = commits[-1].sha


def _announce_slice(registration: Registration, commits: Sequence[JsonCommit], before: str) -> None:
    """Write one OnNewCommits, or several when it is larger than EVENT_BYTES.

    The commits are then split in halves, again and again. Only the sizes of their JSON are needed for that.
    """
    body = messages.on_new_commits(registration, commits, before)
    text = json.dumps(body)
    if len(text) <= EVENT_BYTES:
        outbox.emit_texts(registration, [(body["_C"], text)])
        return
    sizes = [len(json.dumps(commit)) + len(", ") for commit in body["commits"]]
    frame = len(json.dumps(body | {"latestCommitBeforeThis": "", "commits": []}))
    parts = [(0, len(commits))]  # from, to; the next one last
    while parts:
        start, end = parts.pop()
        part_before = commits[start - 1].sha if start else before
        if end - start > 1 and frame + len(part_before) + sum(sizes[start:end]) - len(", ") > EVENT_BYTES:
            middle = start + (end - start) // 2
            parts += [(middle, end), (start, middle)]
            continue
        part = {"latestCommitBeforeThis": part_before, "commits": body["commits"][start:end]}
        outbox.emit(registration, _shortened(body | part))


def _shortened(body: messages.Body) -> messages.Body:
    """Remove files of the event's last commit until the event has at most MAX_EVENT_BYTES. Changes `body`.

    The requests GetCommitsForExercise and GetCommitsForPath still return all files.
    """
    files = body["commits"][-1]["modifiedFiles"]
    while files and len(json.dumps(body)) > MAX_EVENT_BYTES:
        del files[len(files) // 2 :]
    return body
