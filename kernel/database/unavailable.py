"""Distinguishes an unavailable database from other errors: the request was valid and may be sent again."""

import errno
from enum import Enum

from django.db import InterfaceError, InternalError, OperationalError
from django.utils.translation import gettext as _

from kernel.errors import Busy


class Fault(Enum):
    """Why the database or its disk is unavailable. The value is the result in /readyz."""

    AWAY = "does not answer"
    LOCKED = "is locked by another process"
    FULL = "cannot write: the disk is full"
    READ_ONLY = "cannot write: it is read-only"
    LOST = "the connection was lost"

    @property
    def sentence(self) -> str:
        """A sentence for people and programs.

        It promises that nothing was changed, except for LOST.
        """
        return {
            Fault.AWAY: _("The database does not answer. Nothing was changed: try again in a moment."),
            Fault.LOCKED: _("The database is busy. Nothing was changed: try again in a moment."),
            Fault.FULL: _("The disk of the server is full. Nothing was saved. Tell the people who run Atelier."),
            Fault.READ_ONLY: _(
                "The database can only be read at present. Nothing was saved. Tell the people who run Atelier."
            ),
            Fault.LOST: _(
                "The connection to the database was lost. The change may have been made: check before you try again."
            ),
        }[self]


# Texts of SQLite, in lower case. MariaDB reports the error of a full disk with various codes, but with these words.
WORDS = {
    "no space left on device": Fault.FULL,
    "got error 28": Fault.FULL,
    "disk is full": Fault.FULL,
    "disk i/o error": Fault.FULL,  # SQLite's answer to a failed write of its WAL
    "readonly database": Fault.READ_ONLY,
    "locked": Fault.LOCKED,
}
CODES = {
    Fault.LOST: {2006, 2013, 2055, 1053, 1927},  # during a statement: a commit may or may not have succeeded
    Fault.LOCKED: {1205, 1213, 1020},  # a lock that was waited for too long, a deadlock
    Fault.FULL: {1021, 1114},
    Fault.READ_ONLY: {1290, 1836, 1792},
}
# SQLite raises OperationalError for a missing table or column, too. That is our own mistake. So is MariaDB's 1054.
OWN_MISTAKE = "no such "
OWN_CODES = {1054, 1064, 1146, 1364}


def fault_of(error: BaseException | None) -> Fault | None:
    """Return why the database or its disk is unavailable; None for an error that has another cause."""
    if isinstance(error, Busy):
        return Fault.LOCKED
    if isinstance(error, OSError):
        return Fault.FULL if error.errno in (errno.ENOSPC, errno.EDQUOT) else None
    if not isinstance(error, OperationalError | InterfaceError | InternalError):
        return None
    text = str(error).lower()
    code = error.args[0] if error.args and isinstance(error.args[0], int) else 0
    if code in OWN_CODES or OWN_MISTAKE in text:
        return None
    by_code = next((fault for fault, codes in CODES.items() if code in codes), None)
    by_words = next((fault for words, fault in WORDS.items() if words in text), None)
    if isinstance(error, InternalError):  # MariaDB's errors of the file system; anything else is our own mistake
        return by_words
    if isinstance(error, InterfaceError):
        return Fault.LOST
    return by_code or by_words or Fault.AWAY
