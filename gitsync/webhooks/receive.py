"""What a hook leads to: a delivery kept, the repository looked at again, or a word about an unknown URL."""

import time
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from gitsync import addresses, messages, outbox, requests
from gitsync.models import Address, Delivery, Request, UnknownUrl, text_hash
from gitsync.webhooks import limits
from gitsync.webhooks.forges import Hook
from kernel.errors import Malformed

TOLD_EVERY = timedelta(hours=1)
KIND = "GitHook"


def receive(hook: Hook, *, caller: str, raw_hash: str) -> Request:
    """Take a hook in and answer at once; the answer does not say whether anybody registered the repository.

    Over a URL's cap the repository is still looked at again (no push is dropped), but nothing is kept: Throttled.
    """
    received_at = int(time.time())
    place = next(filter(None, map(_place, hook.urls)), hook.urls[0] if hook.urls else "")
    with transaction.atomic():
        address = next(filter(None, map(addresses.find, hook.urls)), None) if hook.is_push else None
        if address is not None:
            requests.request_sync(address.pk)
    limits.check(f"url:{place}", limits.PER_URL)
    delivery = text_hash(f"{hook.forge}:{place}:{hook.delivery_id or raw_hash}")
    with transaction.atomic():
        if address is not None and Address.objects.filter(pk=address.pk).exists():
            _keep(hook, address, delivery, received_at)
        elif hook.is_push and limits.within(f"unknown:{caller}", limits.UNKNOWN_PER_CALLER):
            _tell_unknown(hook.urls[0], place)
        body = {"repoUrl": place, "delivery": delivery}
        return requests.accept(KIND, body, address=address, follow_up=address is not None)


def _keep(hook: Hook, address: Address, delivery: str, received_at: int) -> None:
    """A delivery sent again keeps its first time of receipt."""
    Delivery.objects.get_or_create(
        delivery_hash=delivery,
        defaults={
            "address": address,
            "received_at": received_at,
            "forge": hook.forge,
            "ref": hook.ref,
            "before": hook.before,
            "after": hook.after,
        },
    )


def _tell_unknown(url: str, place: str) -> None:
    now = timezone.now()
    row, is_new = UnknownUrl.objects.get_or_create(url_hash=text_hash(place), defaults={"url": url, "told_at": now})
    due = UnknownUrl.objects.filter(pk=row.pk, told_at__lte=now - TOLD_EVERY)
    if is_new or due.update(told_at=now):
        outbox.emit(None, messages.on_unknown_repo_url(url))


def _place(url: str) -> str:
    """The canonical form, "" for what is out of shape."""
    try:
        return str(addresses.parse(url))
    except Malformed:
        return ""
