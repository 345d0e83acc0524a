"""The recipient of a mail, as this app needs it. The model is settings.AUTH_USER_MODEL, which is in an app above."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol

from django.conf import settings
from django.utils import timezone, translation

from kernel.text.time_zones import zone_or_school


class Reader(Protocol):
    """A person who gets mails."""

    pk: Any
    email: Any
    is_active: Any
    language: Any
    zone: Any

    @property
    def display_name(self) -> str: ...

    @property
    def is_service(self) -> bool: ...


def language_of(reader: Reader) -> str:
    return str(reader.language or settings.LANGUAGE_CODE)


@contextmanager
def as_read_by(reader: Reader) -> Iterator[None]:
    """Activate the language and the time zone of the person."""
    with translation.override(language_of(reader)), timezone.override(zone_or_school(reader.zone)):
        yield
