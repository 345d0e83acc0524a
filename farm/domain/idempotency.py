"""Idempotency-Key on requests that create something: sent twice, done once.

After the IETF draft of that name. The same caller, key and body get the first response again, with
`Idempotency-Replayed: true`; another body gets 422. The response is saved in the transaction that creates the thing, so
that neither exists without the other. A refusal is not saved, because nothing was done. Of two requests at the same
time, one waits for the lock or for the row of the key, and then finds the response of the other.
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


class KeyReused(Refused):
    """The key was used for another request. The draft sets this status."""

    status = 422


def run_once(
    request: Request, respond: Callable[[T], Response], command: Callable[[Callable[[T], object] | None], T]
) -> Response:
    """Run `command` and respond to its result; replay the response to a key used before.

    `command` gets a function, or None, to pass on as the `also` of a farm command: it must run last in the transaction.
    """
    key = _read_key(request)
    if key is None:
        return respond(command(None))
    caller, digest = _caller(request.user), _digest(request)
    if replayed := _find_response(caller, key, digest):
        return replayed
    responses: list[Response] = []

    def also(result: T) -> None:
        responses[:] = [respond(result)]  # of the last try
        _save_response(caller, key, digest, responses[0])

    try:
        command(also)
    except (Refused, IntegrityError):
        if replayed := _find_response(caller, key, digest):  # the same request came first
            return replayed
        raise
    return responses[0]


def delete_old_responses(now: datetime | None = None) -> int:
    """Delete the responses that are older than LIFE. Return how many."""
    return KeptAnswer.objects.filter(at__lte=(now or timezone.now()) - LIFE).delete()[0]


def _read_key(request: Request) -> str | None:
    key: str | None = request.headers.get(HEADER)
    if key is not None and not KEY.fullmatch(key):
        sentence = _("%(field)s must be 1 to 255 printable ASCII characters.") % {"field": HEADER}
        raise Malformed("bad_key", sentence, field=HEADER)
    return key


def _caller(user: Any) -> str:
    return f"user:{user.pk}" if user.pk else str(user.username)


def _digest(request: Request) -> str:
    """Hash method, path and body. Spaces, the order of keys and a final slash do not count."""
    values = [request.method, request.path.rstrip("/"), request.data]
    return hashlib.sha256(json.dumps(values, sort_keys=True, default=str).encode()).hexdigest()


def _save_response(caller: str, key: str, digest: str, response: Response) -> None:
    KeptAnswer.objects.create(
        caller=caller,
        key=key,
        request=digest,
        status=response.status_code,
        headers=dict(response.items()),
        body=json.dumps(response.data, cls=JSONEncoder),
    )


def _find_response(caller: str, key: str, digest: str) -> Response | None:
    kept = KeptAnswer.objects.filter(caller=caller, key=key).first()
    if kept is None:
        return None
    if kept.request != digest:
        sentence = _("This %(field)s was used for another request.") % {"field": HEADER}
        raise KeyReused("key_reused", sentence, field=HEADER)
    headers = {**kept.headers, "Idempotency-Replayed": "true"}
    return Response(json.loads(kept.body), status=kept.status, headers=headers)
