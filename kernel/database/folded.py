"""Search by words without case and accents, on every database (kernel/text/folding.py)."""

from typing import Any, TypeVar, cast

from django.db.models import CharField, F, Func, Model, Q, QuerySet, Value
from django.db.models.functions import Concat
from django.db.models.sql.compiler import SQLCompiler

from kernel.database.sqlite import FOLD_FUNCTION
from kernel.text.folding import fold_for_search

MOST_WORDS = 5
LONGEST_SEARCH = 200  # characters
Row = TypeVar("Row", bound=Model)


class Folded(Func):
    """A text without case and accents, for the lookup `icontains`.

    SQLite calls `fold_for_search`. MariaDB and MySQL compare by a collation that ignores case and accents; it compares
    letter by letter, so it finds ß only by ß.
    """

    arity = 1
    output_field = CharField()

    def as_sqlite(self, compiler: SQLCompiler, connection: Any, **extra: Any) -> Any:
        return self.as_sql(compiler, connection, function=FOLD_FUNCTION, **extra)

    def as_mysql(self, compiler: SQLCompiler, connection: Any, **extra: Any) -> Any:
        template = "CONVERT(%(expressions)s USING utf8mb4) COLLATE utf8mb4_unicode_ci"
        return self.as_sql(compiler, connection, template=template, **extra)


def search_words(text: str) -> list[str]:
    """Return the words of what a person typed, folded; at most MOST_WORDS."""
    return fold_for_search(text[:LONGEST_SEARCH].replace("\0", "")).split()[:MOST_WORDS]


def folded_fields(*fields: str) -> Folded:
    """Return the expression of these text fields as one folded text."""
    parts: list[Any] = [Value("")]
    for field in fields:
        parts += [field, Value(" ")]
    return Folded(Concat(*parts, output_field=CharField()))


def by_words(*fields: str) -> list[Folded]:
    """Return an order by these text fields without case and accents: Öztürk is at O, not after Z, on every database."""
    return [Folded(F(field)) for field in fields]


def having_words(rows: QuerySet[Row], text: str, *fields: str) -> QuerySet[Row]:
    """Keep the rows that have every word of the text in these fields; all rows for a text without a word."""
    if not (words := search_words(text)):
        return rows
    conditions = (Q(searched__icontains=word) for word in words)
    return cast(QuerySet[Row], rows.alias(searched=folded_fields(*fields)).filter(*conditions))
