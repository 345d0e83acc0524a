"""Idempotency-Key on the requests that make something, after the IETF draft of that name: sent twice, done once.

The same caller, key and body get the first answer again, with `Idempotency-Replayed: true`; another body is 422. The
answer is kept in the transaction of what it tells of, so neither is ever there without the other. A refusal is not
kept: nothing was done. Of two at once, one waits for the lock or for the key's row, and then finds the other's answer.
"""

import hashlib
import json
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, TypeVar

from django.db import IntegrityError
from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.encoders import JSONEncoder

from farm.models import KeptAnswer
from kernel.errors import Malformed, Refused

T = TypeVar("T")
LIFE = timedelta(hours=24)
KEY = re.compile(r"[\x20-\x7e]{1,255}")
HEADER = "Idempotency-Key"


class OtherRequest(Refused):
    """The key was used for something else; the draft's status for it."""

    status = 422


def once(
    request: Request, answer: Callable[[T], Response], act: Callable[[Callable[[T], object] | None], T]
) -> Response:
    """`answer` of what `act` makes; with a key, of what it made the first time.

    `act` takes what the verb must call last in its transaction (the verbs' `also`), or None.
    """
    key = _key(request)
    if key is None:
        return answer(act(None))
    caller, digest = _caller(request.user), _digest(request)
    if kept := _again(caller, key, digest):
        return kept
    made: list[Response] = []

    def also(row: T) -> None:
        made[:] = [answer(row)]
        _keep(caller, key, digest, made[0])

    try:
        act(also)
    except (Refused, IntegrityError):
        if kept := _again(caller, key, digest):  # the same request was let through first
            return kept
        raise
    return made[0]


def prune(now: datetime | None = None) -> int:
    """Forget answers older than a day. How many."""
    return KeptAnswer.objects.filter(at__lte=(now or timezone.now()) - LIFE).delete()[0]


def _key(request: Request) -> str | None:
    key = request.headers.get(HEADER)
    if key is not None and not KEY.fullmatch(key):
        sentence = _("%(field)s must be 1 to 255 printable ASCII characters.") % {"field": HEADER}
        raise Malformed("bad_key", sentence, field=HEADER)
    return key


def _caller(user: Any) -> str:
    return f"user:{user.pk}" if user.pk else str(user.username)


def _digest(request: Request) -> str:
    """Of what is asked: spaces and the order of keys in the body do not count, nor a final slash."""
    asked = [request.method, request.path.rstrip("/"), request.data]
    return hashlib.sha256(json.dumps(asked, sort_keys=True, default=str).encode()).hexdigest()


def _keep(caller: str, key: str, digest: str, response: Response) -> None:
    KeptAnswer.objects.create(
        caller=caller,
        key=key,
        request=digest,
        status=response.status_code,
        headers=dict(response.items()),
        body=json.dumps(response.data, cls=JSONEncoder),
    )


def _again(caller: str, key: str, digest: str) -> Response | None:
    kept = KeptAnswer.objects.filter(caller=caller, key=key).first()
    if kept is None:
        return None
    if kept.request != digest:
        sentence = _("This %(field)s was used for another request.") % {"field": HEADER}
        raise OtherRequest("key_reused", sentence, field=HEADER)
    headers = {**kept.headers, "Idempotency-Replayed": "true"}
    return Response(json.loads(kept.body), status=kept.status, headers=headers)
