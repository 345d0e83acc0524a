#!/usr/bin/env python3
"""The synchronization of repositories over SSH, by a real sshd, compared with HTTP on the same repositories.

Both are measured end to end, in turn: fetch, history, matches, rows and events. First the first synchronization of
repositories with 200 commits each, then one new commit of each. Each pair of repositories has the same history. One
pair is read first and not counted. sshd starts `git upload-pack`, the HTTP server starts `git http-backend`, and no
TLS is between them, so SSH pays for its encryption and HTTP does not. The bar is about the time that SSH adds.
"""

import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

from bench.support import figures, instance, repositories
from bench.support.figures import Figure

REPOSITORIES, COMMITS = 8, 200
MORE = 500  # milliseconds for the keys, the sign-in and the shell of the other side


def measure(atelier: instance.Atelier) -> list[Figure]:
    from django.conf import settings

    from gitsync.models import Commit, FileChange
    from gitsync.tests import builders
    from gitsync.tests.sshserver import ssh_serving

    root = atelier.home / "repositories"
    generated = {
        kind: [repositories.GeneratedRepository(root / f"{kind}{number}.git", number) for number in names()]
        for kind in ("ssh", "http")
    }
    for pair in zip(*generated.values(), strict=True):
        for repository in pair:
            repository.add_commits(COMMITS)
    server = repositories.start_server(root)
    for number in range(10):
        builders.exercise(f"/tp{number + 1}", keywords=f"Exercice {number + 1}")
    rows = {
        kind: [builders.registration(server.url(f"{kind}{number}"), f"{kind}{number}") for number in names()]
        for kind in generated
    }
    folder = atelier.home / "sshd"
    folder.mkdir()
    with ssh_serving(folder) as ssh_server:
        ssh_server.serve(root)
        settings.GIT_LOCAL_SERVERS |= {f"127.0.0.1:{ssh_server.port}"}
        credential = ssh_server.credential(server.host)
        first = in_turn(rows, credential)
        for all_of_kind in generated.values():
            for repository in all_of_kind:
                repository.add_commits(1)
        new = in_turn(rows, credential)
    server.close()
    counts = {
        kind: (
            Commit.objects.filter(repository__registrations__in=registrations).count(),
            FileChange.objects.filter(commit__repository__registrations__in=registrations).count(),
        )
        for kind, registrations in rows.items()
    }
    same = counts["ssh"] == counts["http"] and counts["ssh"][0] == (REPOSITORIES + 1) * (COMMITS + 1)
    return [
        figure(f"first index, {COMMITS} commits, {'same rows' if same else 'OTHER rows'}", first, same),
        figure("one new commit", new, same),
    ]


def names() -> range:
    return range(REPOSITORIES + 1)


def in_turn(rows: dict[str, list[Any]], credential: Any) -> dict[str, float]:
    """Synchronize the repositories, one of each kind in turn; return the median of each kind in milliseconds."""
    took: dict[str, list[float]] = {kind: [] for kind in rows}
    for number in names():
        for kind, registrations in rows.items():
            took[kind].append(synchronize(registrations[number].repository_id, credential if kind == "ssh" else None))
    return {kind: statistics.median(times[1:]) for kind, times in took.items()}


def synchronize(repository_id: int, credential: Any) -> float:
    """Synchronize one repository, over SSH when a credential is given. Return the milliseconds that it took."""
    from gitsync.git import transport
    from gitsync.models import LocalCopy
    from gitsync.syncing import sync, sync_queue

    fetch: Callable[..., Any] = transport.fetch
    sync_queue.request_sync(repository_id, force=True)
    if credential is not None:
        transport.fetch = lambda *arguments, **options: fetch(*arguments, **(options | {"credential": credential}))
    try:
        began = time.perf_counter()
        sync.sync_repository(repository_id)
        took = (time.perf_counter() - began) * 1000
    finally:
        transport.fetch = fetch
    local_copy = LocalCopy.objects.get(repository=repository_id)
    assert local_copy.status == LocalCopy.Status.OK, f"{local_copy.reason}: {local_copy.detail}"
    return took


def figure(what: str, took: dict[str, float], same: bool) -> Figure:
    more = took["ssh"] - took["http"]
    value, peer = f"{took['ssh']:.0f} ms", f"HTTP without TLS: {took['http']:.0f} ms"
    return Figure(what, value, peer, f"{more:.0f} ms more", f"<= {MORE} ms more", same and more <= MORE)


if __name__ == "__main__":
    sys.exit(figures.main(measure))
