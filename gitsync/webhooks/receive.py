"""Act on a hook: keep the delivery and request a sync, or report an unknown URL to the dashboards."""

import contextlib
import time
from collections.abc import Iterable
from datetime import timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from gitsync.domain import repositories
from gitsync.events import messages, outbox
from gitsync.models import Delivery, Repository, Request, UnknownUrl
from gitsync.rules import repository_url
from gitsync.rules.repository_url import CanonicalUrl
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

    caller: whose hooks count together: an address, or the hook address whose secret has signed the hook.
    raw_hash: the hash of the body; it identifies a delivery without an id.
    signed: the forge has proved that it knows the secret of a course. The effect is the same.

    Raises Throttled over the limit of this caller for this URL: then a sync is still requested, so that no push is
    lost, but nothing else is kept.
    """
    received_at = int(time.time())
    canonical = _canonical_urls(hook.urls)
    url = str(canonical[0]) if canonical else next(iter(hook.urls), "")
    repository = next(filter(None, map(repositories.find_canonical, canonical)), None) if hook.is_push else None
    within_limit = limits.count(f"url:{caller}:{url}", limits.SIGNED_PER_URL if signed else limits.PER_URL)
    with transaction.atomic():
        # First request the sync: it locks the LocalCopy row, so the repository stays until this transaction ends.
        if repository is not None and not sync_queue.request_sync(repository.pk):
            repository = None
        if within_limit:
            delivery = text_hash(f"{hook.forge}:{url}:{hook.delivery_id or raw_hash}")
            if repository is not None:
                _save_delivery(hook, repository, delivery, received_at, signed=signed)
            elif hook.is_push and limits.count(f"unknown:{caller}", limits.UNKNOWN_PER_CALLER):
                _report_unknown_url(hook.urls[0], url)
            body = {"repoUrl": url, "delivery": delivery}
            return accepted_messages.accept(KIND, body, repository=repository, follow_up=repository is not None)
    raise limits.throttled()


def _canonical_urls(urls: Iterable[str]) -> list[CanonicalUrl]:
    """Return the canonical URLs, each repository once, without the malformed ones."""
    by_repository: dict[str, CanonicalUrl] = {}
    for url in urls:
        with contextlib.suppress(Malformed):
            canonical = repository_url.parse(url)
            by_repository.setdefault(f"{canonical.host}{canonical.path}", canonical)
    return list(by_repository.values())


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
