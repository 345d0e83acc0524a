"""Forms that are safe to send twice: the same form makes one thing.

A page gives its form a key. What the form made is noted under the key and the values of the form, in the transaction
that makes it. The same form again, by a second click or after Back, leads to the thing that exists. Other values under
the same key are another wish, and make another thing; so does the same form once its thing is gone.
"""

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, TypeVar
from uuid import uuid4

from django.db import IntegrityError
from django.db.models import Model

from accounts.models import User
from farm.models import KeptAnswer
from kernel.errors import Refused

T = TypeVar("T", bound=Model)
KEY = re.compile(r"[0-9a-f]{32}")
NOT_VALUES = frozenset({"csrfmiddlewaretoken", "key", "action", "next", "lost"})  # fields that change nothing made


class SentForm(NamedTuple):
    """A form as it was sent: by whom, under which key ("" for none), with which values."""

    person: User
    key: str
    values: Mapping[str, Any]

    @property
    def caller(self) -> str:
        return f"user:{self.person.pk}"

    @property
    def digest(self) -> str:
        values = {name: value for name, value in self.values.items() if name not in NOT_VALUES}
        return hashlib.sha256(json.dumps(values, sort_keys=True, default=str).encode()).hexdigest()

    @property
    def name(self) -> str:
        return f"form:{self.key}:{self.digest}"


def new_key() -> str:
    """Return a key for the form of a page."""
    return uuid4().hex


def make_once(
    form: SentForm, find: Callable[[int], T | None], make: Callable[[Callable[[T], object] | None], T]
) -> tuple[T, bool]:
    """Return what the form makes, and whether an earlier sending has made it.

    `find` gets a primary key and returns the thing, or None when it is gone. `make` gets a function, or None, to pass
    on as the `also` of a farm command. A form without a key is never compared with others.
    """
    if not KEY.fullmatch(form.key):
        return make(None), False
    made, old_note = _find(form, find)
    if made is not None:
        return made, True

    def note(thing: T) -> None:
        if old_note is not None:  # of a thing that is gone
            KeptAnswer.objects.filter(pk=old_note).delete()
        KeptAnswer.objects.create(
            caller=form.caller, key=form.name, request=form.digest, status=201, body=str(thing.pk)
        )

    try:
        return make(note), False
    except (Refused, IntegrityError):
        made, _note = _find(form, find)  # the same form came at the same time, and was faster
        if made is None:
            raise
        return made, True


def _find(form: SentForm, find: Callable[[int], T | None]) -> tuple[T | None, int | None]:
    """Return the thing that the form has made, and the primary key of its note; None for what there is not."""
    kept = KeptAnswer.objects.filter(caller=form.caller, key=form.name).first()
    return (find(int(kept.body)), kept.pk) if kept else (None, None)
