"""The columns that hold sealed secrets, and the rotation of the key that seals them.

An app registers its columns in `AppConfig.ready`.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from django.apps import apps
from django.db import transaction

from kernel.sealing import SealBroken, reseal


@dataclass(frozen=True)
class SealedColumn:
    """A text field of a model, such as "gitsync.Credential" and "sealed"; "" is no secret.

    `bound_to` gives the text for which the secret of a row is sealed.
    """

    model: str
    field: str
    bound_to: Callable[[Any], str]


@dataclass
class Rotation:
    """How many secrets of a column were sealed again, and the keys of the rows whose secret no key opens."""

    column: SealedColumn
    sealed: int = 0
    broken: list[int] = field(default_factory=list)


_columns: list[SealedColumn] = []


def register(column: SealedColumn) -> None:
    if not any((known.model, known.field) == (column.model, column.field) for known in _columns):
        _columns.append(column)


def rotate() -> Iterator[Rotation]:
    """Seal every secret again with the first key, row by row; yield the count of each column.

    It may be stopped at any row and run again. Rows that change meanwhile are sealed with the first key anyway.
    """
    for column in _columns:
        rotation = Rotation(column)
        manager = apps.get_model(column.model)._default_manager
        for pk in list(manager.exclude(**{column.field: ""}).order_by("pk").values_list("pk", flat=True)):
            with transaction.atomic():
                row = manager.select_for_update().filter(pk=pk).first()
                secret = getattr(row, column.field, "")
                if not secret:
                    continue  # deleted or emptied meanwhile
                try:
                    text = reseal(secret, bound_to=column.bound_to(row))
                except SealBroken:
                    rotation.broken.append(pk)
                    continue
                manager.filter(pk=pk).update(**{column.field: text})
                rotation.sealed += 1
        yield rotation
