"""Sends requests in a transaction that is taken back, and says how they were answered and what they wrote."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.cookies import SimpleCookie
from typing import Any, NamedTuple

from django.db import connection, transaction
from django.test import Client

WRITES = re.compile(r'\s*(INSERT\s+(?:OR\s+\w+\s+|IGNORE\s+)?INTO|UPDATE|DELETE\s+FROM)\s+[`"]?(\w+)', re.IGNORECASE)
REFUSED = {401, 403, 404, 405}
# Tables of requests themselves: sessions, counted guesses, and forms that are kept while somebody signs in.
OF_REQUESTS = {"django_session", "accounts_guesscount"}


class Answer(NamedTuple):
    """An answer: its status, where it leads, its text, and the tables into which its request wrote."""

    status: int
    location: str
    text: str
    written: frozenset[str]

    @property
    def is_sign_in(self) -> bool:
        return self.status == 302 and self.location.startswith(("/sign-in/?next=", "/admin/login/?next="))

    @property
    def is_refused(self) -> bool:
        return self.status in REFUSED or self.is_sign_in

    @property
    def leads_away(self) -> bool:
        return self.status == 302 and not self.is_sign_in


def send(client: Client, method: str, path: str, **extra: Any) -> Answer:
    """Send a request and take back what it did: its rows, and the cookies of the client."""
    cookies = client.cookies.output()
    with written_tables() as written, transaction.atomic():
        answer = getattr(client, method)(path, **extra)
        body = b"".join(answer.streaming_content) if answer.streaming else answer.content
        transaction.set_rollback(True)
    client.cookies = SimpleCookie()
    for line in cookies.splitlines():
        client.cookies.load(line.partition(":")[2].strip())
    text = body.decode("utf-8", "replace")
    return Answer(answer.status_code, answer.get("Location", ""), text, frozenset(written) - OF_REQUESTS)


@contextmanager
def written_tables() -> Iterator[set[str]]:
    """Collect the tables in which statements write, change or delete a row."""
    written: set[str] = set()

    def note(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        result = execute(sql, params, many, context)
        if (match := WRITES.match(sql)) and (match[1].upper().startswith("INSERT") or context["cursor"].rowcount):
            written.add(match[2])
        return result

    with connection.execute_wrapper(note):
        yield written
