"""Act on a hook: keep the delivery and request a sync, or report an unknown URL to the dashboards."""

import contextlib
import time
from datetime import timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from gitsync.domain import repositories
from gitsync.events import messages, outbox
from gitsync.models import Delivery, Repository, Request, UnknownUrl
from gitsync.rules import repository_url
from gitsync.rules.hook_matching import match_key
from gitsync.syncing import accepted_messages, sync_queue
from gitsync.webhooks import limits
from gitsync.webhooks.forges import Hook
from kernel.database.text_hash import text_hash
from kernel.database.wrong_clock import too_far_ahead
from kernel.errors import Malformed

REPORT_EVERY = timedelta(hours=1)  # for each unknown URL
KIND = "GitHook"


def receive(hook: Hook, *, caller: str, raw_hash: str, signed: bool = False) -> Request:
    """Act on a hook and return its Request. The result does not show whether the repository is registered.

    An address may mean several repositories, because it is compared loosely: each of them is read.

    caller: the key under which hooks are counted: a network address, or the hook address whose secret signed it.
    raw_hash: the hash of the body; it identifies a delivery without an id.
    signed: the signature was made with the secret of a course. The effect is the same.

    Raises Throttled over the limit of this caller for this URL: then a sync is still requested, so that no push is
    lost, but nothing else is kept.
    """
    received_at = int(time.time())
    url = _url_of(hook)
    meant = repositories.find_loosely(hook.urls) if hook.is_push else []
    for _repository in [] if signed else meant[1:]:
        limits.count(f"caller:{caller}", limits.PER_CALLER)  # each is read: it costs as much as a hook of its own
    within_limit = limits.count(
        f"url:{caller}:{match_key(url) or url}", limits.SIGNED_PER_URL if signed else limits.PER_URL
    )
    with transaction.atomic():
        # First request the syncs: that locks the LocalCopy rows, so the repositories stay until this transaction ends.
        known = [repository for repository in meant if sync_queue.request_sync(repository.pk)]
        if within_limit:
            delivery = f"{hook.forge}:{url}:{hook.delivery_id or raw_hash}"
            for repository in known:
                # Usually there is one. Each of several has the receipt, so each needs a key of its own.
                key = delivery if repository == known[0] else f"{delivery}:{repository.pk}"
                _save_delivery(hook, repository, text_hash(key), received_at, signed=signed)
            if (
                hook.urls
                and not known
                and hook.is_push
                and limits.count(f"unknown:{caller}", limits.UNKNOWN_PER_CALLER)
            ):
                _report_unknown_url(hook.urls[0], url)
            body = {"repoUrl": url, "delivery": text_hash(delivery)}
            first = known[0] if known else None
            return accepted_messages.accept(KIND, body, repository=first, follow_up=first is not None, is_hook=True)
    raise limits.throttled()


def _url_of(hook: Hook) -> str:
    """Return the canonical form of the hook's first valid address, or its first address, or ""."""
    for url in hook.urls:
        with contextlib.suppress(Malformed):
            return str(repository_url.parse(url))
    return next(iter(hook.urls), "")


def _save_delivery(hook: Hook, repository: Repository, delivery: str, received_at: int, *, signed: bool) -> None:
    """Save a delivery once. One that is sent again keeps its first time of receipt.

    A repetition that is signed and has the same commits marks the first one as signed.
    """
    row = Delivery(
        repository=repository,
        delivery_hash=delivery,
        received_at=received_at,
        forge=hook.forge,
        ref=hook.ref,
        before=hook.before,
        after=hook.after,
        signed=signed,
    )
    Delivery.objects.bulk_create([row], ignore_conflicts=True)
    if signed:
        same = Delivery.objects.filter(
            delivery_hash=delivery, repository=repository, before=hook.before, after=hook.after
        )
        same.filter(signed=False).update(signed=True)


def _report_unknown_url(url: str, canonical_url: str) -> None:
    """Send OnUnknownRepoURL, at most once in REPORT_EVERY for each URL."""
    now = timezone.now()
    row, is_new = UnknownUrl.objects.get_or_create(
        url_hash=text_hash(canonical_url), defaults={"url": url, "reported_at": now}
    )
    long_ago = Q(reported_at__lte=now - REPORT_EVERY) | too_far_ahead("reported_at", now)
    due = UnknownUrl.objects.filter(long_ago, pk=row.pk)
    if is_new or due.update(reported_at=now):
        outbox.emit(None, messages.on_unknown_repo_url(url))
