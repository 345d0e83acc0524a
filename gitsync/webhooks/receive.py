"""What a hook leads to: a delivery kept, the repository looked at again, or a word about an unknown URL."""

import contextlib
import time
from collections.abc import Iterable
from datetime import timedelta

from django.db import transaction
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
from kernel.errors import Malformed

TOLD_EVERY = timedelta(hours=1)
KIND = "GitHook"


def receive(hook: Hook, *, caller: str, raw_hash: str, signed: bool = False) -> Request:
    """Take a hook in and answer at once; the answer does not say whether anybody registered the repository.

    `signed`: the forge proved that it knows the secret of a course. What the hook leads to is the same.
    Over a URL's cap the repository is still looked at again (no push is dropped), but nothing is kept: Throttled.
    """
    received_at = int(time.time())
    places = _places(hook.urls)
    place = str(places[0]) if places else next(iter(hook.urls), "")
    repository = next(filter(None, map(repositories.find_canonical, places)), None) if hook.is_push else None
    kept = limits.within(f"url:{place}", limits.PER_URL)
    with transaction.atomic():
        # The wish first: it locks the Clone's row, so the Address stays as long as this transaction.
        if repository is not None and not sync_queue.request_sync(repository.pk):
            repository = None
        if kept:
            delivery = text_hash(f"{hook.forge}:{place}:{hook.delivery_id or raw_hash}")
            if repository is not None:
                _keep(hook, repository, delivery, received_at, signed=signed)
            elif hook.is_push and limits.within(f"unknown:{caller}", limits.UNKNOWN_PER_CALLER):
                _tell_unknown(hook.urls[0], place)
            body = {"repoUrl": place, "delivery": delivery}
            return accepted_messages.accept(KIND, body, repository=repository, follow_up=repository is not None)
    raise limits.over()


def _places(urls: Iterable[str]) -> list[CanonicalUrl]:
    """The canonical forms, each repository once; what is out of shape is left out."""
    found: dict[str, CanonicalUrl] = {}
    for url in urls:
        with contextlib.suppress(Malformed):
            place = repository_url.parse(url)
            found.setdefault(f"{place.host}{place.path}", place)
    return list(found.values())


def _keep(hook: Hook, repository: Repository, delivery: str, received_at: int, *, signed: bool) -> None:
    """A delivery sent again keeps its first time of receipt: its row is there, and this one is ignored.

    When only this one is signed, and says the same, it vouches for the first.
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


def _tell_unknown(url: str, place: str) -> None:
    now = timezone.now()
    row, is_new = UnknownUrl.objects.get_or_create(url_hash=text_hash(place), defaults={"url": url, "told_at": now})
    due = UnknownUrl.objects.filter(pk=row.pk, told_at__lte=now - TOLD_EVERY)
    if is_new or due.update(told_at=now):
        outbox.emit(None, messages.on_unknown_repo_url(url))
