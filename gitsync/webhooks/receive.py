"""Act on a hook: keep the receipt and request a sync, or report an unknown URL to the dashboards."""

import time
from datetime import timedelta
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from gitsync.domain import repositories
from gitsync.events import messages, outbox
from gitsync.models import UnknownUrl
from gitsync.rules import repository_url
from gitsync.rules.hook_matching import match_key
from gitsync.syncing import accepted_messages, deliveries, sync_queue
from gitsync.webhooks import limits
from gitsync.webhooks.forges import Hook
from kernel.database.text_hash import text_hash
from kernel.database.wrong_clock import is_too_far_ahead, too_far_ahead
from kernel.errors import Malformed

REPORT_EVERY = timedelta(hours=1)  # for each unknown URL
EXPECTED, KEYS = 10.0, 2_000  # seconds; repositories

expected_syncs: dict[tuple[str, ...], float] = {}  # the hashes of a repository, and until when its sync probably waits


def receive(hook: Hook, *, caller: str, raw_hash: str, signed: bool = False) -> int:
    """Act on a hook and return the number of its Request. It does not show whether the repository is registered.

    An address may mean several repositories, because it is compared loosely: each of them is read. A hook that means
    one repository takes three statements: find it, request its sync, save the Request. When many hooks come, its
    sync usually waits already. Then it takes one statement, which saves the Request only while the sync waits. This
    statement is tried for EXPECTED seconds after this process has saved another hook for the repository.

    caller: the key under which hooks are counted: a network address, or the hook address whose secret signed it.
    raw_hash: the hash of the body, which identifies a delivery without an id; else it may be "".
    signed: the signature was made with the secret of a course. The effect is the same.

    Raises Throttled over the limit of this caller for this URL: then a sync is still requested, so that no push is
    lost, but nothing else is kept.
    """
    received_at = int(time.time())
    url = _url_of(hook)
    within_limit = limits.count(
        f"url:{caller}:{match_key(url) or url}", limits.SIGNED_PER_URL if signed else limits.PER_URL
    )
    delivery = f"{hook.forge}:{url}:{hook.delivery_id or raw_hash}"
    receipt = _receipt(hook, delivery, received_at, signed=signed)
    body: dict[str, Any] = {"repoUrl": url, "delivery": receipt["delivery_hash"]}
    hashes = repositories.match_hashes(hook.urls) if hook.is_push else ()
    if within_limit and expected_syncs.get(hashes, 0.0) > time.monotonic():
        request_id = accepted_messages.accept_waiting_hook(body | {deliveries.RECEIPT: receipt}, hashes)
        if request_id:
            _expect(hashes)
            return request_id
        expected_syncs.pop(hashes, None)
    meant = repositories.find_loosely(hook.urls) if hashes else []
    for _copy in [] if signed else meant[1:]:
        limits.count(f"caller:{caller}", limits.PER_CALLER)  # each is read: it costs as much as a hook of its own
    with transaction.atomic():
        # First request the syncs: that locks the LocalCopy rows, so the repositories stay until this transaction ends.
        known = [copy.repository_id for copy in meant if sync_queue.request_sync_of(copy)]
        if within_limit:
            if known:
                body[deliveries.RECEIPT] = receipt
            if len(known) == 1:
                _expect(hashes)
            # Usually there is one. Each of several has the receipt, so each needs a key of its own.
            keys = [(repository_id, f"{delivery}:{repository_id}") for repository_id in known[1:]]
            deliveries.save((pk, _receipt(hook, key, received_at, signed=signed)) for pk, key in keys)
            if (
                hook.urls
                and not known
                and hook.is_push
                and limits.count(f"unknown:{caller}", limits.UNKNOWN_PER_CALLER)
            ):
                _report_unknown_url(hook.urls[0], url)
            return accepted_messages.accept_hook(body, known[0] if known else None)
    raise limits.throttled()


def _expect(hashes: tuple[str, ...]) -> None:
    """Expect for EXPECTED seconds that a sync of the repository with these hashes waits."""
    if len(expected_syncs) >= KEYS:
        expected_syncs.clear()
    expected_syncs[hashes] = time.monotonic() + EXPECTED


def _receipt(hook: Hook, delivery: str, received_at: int, *, signed: bool) -> dict[str, Any]:
    """Return the fields of a Delivery, without its repository."""
    return {
        "delivery_hash": text_hash(delivery),
        "received_at": received_at,
        "forge": hook.forge,
        "ref": hook.ref,
        "before": hook.before,
        "after": hook.after,
        "signed": signed,
    }


def _url_of(hook: Hook) -> str:
    """Return the canonical form of the hook's first valid address, or its first address, or ""."""
    servers = frozenset(settings.GIT_HOSTS), frozenset(settings.GIT_LOCAL_SERVERS)
    for url in hook.urls:
        if canonical := _canonical(url, *servers):
            return canonical
    return next(iter(hook.urls), "")


@lru_cache(1024)
def _canonical(url: str, *_servers: frozenset[str]) -> str:
    """Return the canonical form of an address, or "" for an invalid one. That depends on the servers in the settings.

    The pushes of a school name the same addresses again and again.
    """
    try:
        return str(repository_url.parse(url))
    except Malformed:
        return ""


def _report_unknown_url(url: str, canonical_url: str) -> None:
    """Send OnUnknownRepoURL, at most once in REPORT_EVERY for each URL."""
    now = timezone.now()
    row, is_new = UnknownUrl.objects.get_or_create(
        url_hash=text_hash(canonical_url), defaults={"url": url, "reported_at": now}
    )
    if not is_new and now - REPORT_EVERY < row.reported_at and not is_too_far_ahead(row.reported_at, now):
        return
    long_ago = Q(reported_at__lte=now - REPORT_EVERY) | too_far_ahead("reported_at", now)
    due = UnknownUrl.objects.filter(long_ago, pk=row.pk)
    if is_new or due.update(reported_at=now):
        outbox.emit(None, messages.on_unknown_repo_url(url))
