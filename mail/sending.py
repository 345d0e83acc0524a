"""Sends the mails of the outbox, one recipient per message and each in a stream of its own.

A mail is never lost while the server is down: its pauses are then short, and it is never given up. A temporary refusal
is tried again with growing pauses for about two days; a final one is given up at once, and staff see it. A worker that
dies between the server's answer and our commit sends the mail once more, with the same Message-ID.
"""

import contextlib
import smtplib
import time
from datetime import timedelta
from functools import partial
from types import TracebackType
from typing import Any

import structlog
from django.core.mail import EmailMessage, get_connection

from kernel.outbox import Outbox, OutboxTable, Undelivered
from kernel.task_queue import queue
from mail.messages import compose
from mail.models import Mail

log = structlog.get_logger(__name__)

FIRST_PAUSE, LONGEST_PAUSE = timedelta(minutes=1), timedelta(hours=1)
DOWN_PAUSE = timedelta(seconds=30)  # while the server is down
TRIES = 52  # with the pauses above: about two days
SEND_SECONDS = 30  # for each answer of the server after the connection is made; EMAIL_TIMEOUT is for making it
CLAIM = timedelta(minutes=5)  # longer than all steps of one mail together
BATCH = 50  # mails found at a time
DRAIN_SECONDS = 20  # then another task continues: behind a slow server the worker has other queues to serve
LINK_ENDED = "The link in this mail ended before it was sent."
TOO_LARGE = 552  # RFC 1870: this message is larger than the server accepts
SHUTTING_DOWN = 421


def drain() -> int:
    """Send the mails that are due; return how many were sent.

    Ends early when the server is down. After DRAIN_SECONDS another task continues.
    """
    end, sent = time.monotonic() + DRAIN_SECONDS, 0
    table = mail_table()
    with _Server() as server:
        outbox = Outbox(table, claim=table.claim, send=partial(_send, server), on_failure=_on_failure)
        tried: set[int] = set()
        while due := [mail_id for mail_id in table.due_streams(BATCH) if mail_id not in tried]:
            for mail_id in due:
                tried.add(mail_id)
                result = outbox.drain_stream(mail_id)
                sent += result.sent
                if result.down:
                    return sent
                if time.monotonic() > end:
                    queue("mail.tasks.send")
                    return sent
    return sent


def is_due() -> bool:
    """Whether `drain` would find a mail to send."""
    return bool(mail_table().due_streams(1))


def mail_table() -> OutboxTable[Mail]:
    return OutboxTable(
        open_rows=Mail.objects.waiting().select_related("person"),
        stream="id",
        sent_at="sent_at",
        claimed_until="claimed_until",
        claim_time=CLAIM,
        longest_wait=LONGEST_PAUSE,
    )


class _Server:
    """A connection to the mail server that several mails use. After a failure the next mail opens another one."""

    def __init__(self) -> None:
        self._backend: Any = None

    def __enter__(self) -> "_Server":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, traceback: TracebackType | None) -> None:
        self.close()

    def send(self, message: EmailMessage) -> None:
        """Send one message. Raises Undelivered."""
        try:
            backend = self._open()
        except (smtplib.SMTPException, OSError) as error:
            self.close()
            raise Undelivered(_words(error), down=True) from error
        try:
            backend.send_messages([message])
        except Exception as error:  # a backend of a school may raise anything; its mail must not stop the others
            undelivered = _undelivered(error)
            if not undelivered.final:
                self.close()
            raise undelivered from error

    def close(self) -> None:
        backend, self._backend = self._backend, None
        if backend:
            with contextlib.suppress(smtplib.SMTPException, OSError):
                backend.close()

    def _open(self) -> Any:
        if self._backend is None:
            self._backend = get_connection()
            self._backend.open()
            if socket := getattr(getattr(self._backend, "connection", None), "sock", None):
                socket.settimeout(SEND_SECONDS)
        return self._backend


def _send(server: _Server, mail: Mail) -> None:
    if mail.has_secret and not mail.path:
        raise Undelivered(LINK_ENDED, final=True)
    try:
        message = compose(mail)
        message.message()  # raises for a header that is not valid
    except Exception as error:
        log.exception("mail_not_composed", mail=mail.pk, kind=mail.kind)
        raise Undelivered(f"{type(error).__name__}: {error}", final=True) from error
    server.send(message)
    mail_table().mark_sent(mail)


def _on_failure(mail: Mail, failure: Undelivered) -> None:
    pause = min(FIRST_PAUSE * 2 ** min(mail.attempts - 1, 10), LONGEST_PAUSE)
    dead = failure.final or (mail.attempts >= TRIES and not failure.down)
    mail_table().mark_undelivered(mail, failure, pause=DOWN_PAUSE if failure.down else pause, dead=dead)
    log.warning("mail_not_sent", mail=mail.pk, kind=mail.kind, attempts=mail.attempts, dead=dead, error=str(failure))


def _undelivered(error: Exception) -> Undelivered:
    """Say what a failure while sending means: for this mail, or for all mails."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code, reason = next(iter(error.recipients.values()))
        return Undelivered(_answer(code, reason), down=code == SHUTTING_DOWN, final=code >= 500)
    if isinstance(error, smtplib.SMTPSenderRefused):
        # The server refuses our own address: every mail waits until staff have changed a setting.
        is_too_large = error.smtp_code == TOO_LARGE
        return Undelivered(_words(error), down=not is_too_large, final=is_too_large)
    if isinstance(error, smtplib.SMTPDataError):
        code = error.smtp_code
        return Undelivered(_words(error), down=code == SHUTTING_DOWN, final=code >= 500)
    if isinstance(error, OSError) and not isinstance(error, smtplib.SMTPException):
        return Undelivered(_words(error), down=True)  # such as a full disk
    # The connection ended before the answer. The server may have taken the mail, so the pauses grow.
    return Undelivered(_words(error))


def _words(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        return _answer(error.smtp_code, error.smtp_error)
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__


def _answer(code: int, reason: bytes | str) -> str:
    text = reason.decode("utf-8", "replace") if isinstance(reason, bytes) else str(reason)
    return f"{code} {' '.join(text.split())}"
