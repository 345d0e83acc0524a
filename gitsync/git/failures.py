"""The closed list of reasons why a repository could not be read, with the sentence that pages show for each.

Rows, events and pages use the same reasons.
"""

from django.db.models import TextChoices
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _


class Reason(TextChoices):
    UNREACHABLE = "unreachable", _("The server cannot be reached.")
    TIMEOUT = "timeout", _("The server takes too long.")
    NOT_FOUND = "not_found", _("There is no repository at this address.")
    NO_ACCESS = "no_access", _("The repository is private, or does not exist.")
    REDIRECTED = "redirected", _("The repository has moved to another address.")
    NOT_GIT = "not_git", _("This address is not a Git repository.")
    REFUSED_ADDRESS = "refused_address", _("This server may not be contacted from here.")
    TOO_LARGE = "too_large", _("The repository is too large.")
    TOO_MANY_REFS = "too_many_refs", _("The repository has too many branches.")
    TOO_MANY_COMMITS = "too_many_commits", _("The repository has too many commits.")
    TOO_SLOW = "too_slow", _("Reading the repository takes too long. It is tried again later.")
    OBJECT_FORMAT = "object_format", _("The repository uses SHA-256 object names, which are not supported here.")
    SHALLOW = "shallow", _("The server has only the latest part of the history. Push the whole history there.")
    BROKEN = "broken", _("The repository's data is damaged.")
    CREDENTIAL_REFUSED = (
        "credential_refused",
        _("The server refuses the token or the key that reads this repository. Whoever gave it must replace it."),
    )
    CREDENTIAL_EXPIRED = (
        "credential_expired",
        _("The token or the key that reads this repository has expired. Whoever gave it must replace it."),
    )
    CREDENTIAL_SCOPE = (
        "credential_scope",
        _("The token that reads this repository may not read its content. It needs the right to read."),
    )
    HOST_KEY_UNKNOWN = (
        "host_key_unknown",
        _("The SSH key of this server has not been accepted here yet. A teacher or staff must accept it."),
    )
    HOST_KEY_CHANGED = (
        "host_key_changed",
        _("The server shows another SSH key than before. Nothing was sent to it. Staff must check the new key."),
    )
    DISK_FULL = "disk_full", _("The disk of this server is full.")
    INTERNAL = "internal", _("Something failed here. It will be tried again.")


# Over a limit for the whole repository: quarantined, and tried again after hours or after a push.
QUARANTINE = frozenset({Reason.TOO_LARGE, Reason.TOO_MANY_REFS, Reason.TOO_MANY_COMMITS, Reason.TOO_SLOW})
# After these, another permission may help. After any other reason the server itself is in trouble.
NOT_PERMITTED = frozenset(
    {
        Reason.NO_ACCESS,
        Reason.NOT_FOUND,
        Reason.CREDENTIAL_REFUSED,
        Reason.CREDENTIAL_EXPIRED,
        Reason.CREDENTIAL_SCOPE,
        Reason.HOST_KEY_UNKNOWN,
        Reason.HOST_KEY_CHANGED,
    }
)
# The person who gave the address has to correct it: retried, but slowly.
SLOW = NOT_PERMITTED | {
    Reason.REDIRECTED,
    Reason.NOT_GIT,
    Reason.REFUSED_ADDRESS,
    Reason.OBJECT_FORMAT,
    Reason.SHALLOW,
}
# Our own fault, not the student's: retried without an event.
SILENT = frozenset({Reason.INTERNAL, Reason.DISK_FULL})
# With any credential the same would happen, and it took its time. Other trouble may be that of one token, such as a
# limit on its requests, and must not stop the others.
SAME_FOR_ALL = (
    QUARANTINE | SILENT | {Reason.TIMEOUT, Reason.REFUSED_ADDRESS, Reason.BROKEN, Reason.OBJECT_FORMAT, Reason.SHALLOW}
)


def failure_text(reason: str) -> str:
    """Return a sentence on which a student can act. Another Git module's own words stay as they are."""
    if reason in Reason.values:
        return str(Reason(reason).label)
    return reason or gettext("The Git module did not say why.")


class TransportFailed(Exception):
    """The repository could not be fetched.

    `detail` is a text for people. It has no secrets and at most 300 characters. `received` counts the bytes that had
    arrived. `goes_on` is true when a part was read and kept, so that the next sync has less to do.
    """

    def __init__(self, reason: Reason, detail: str = "", *, received: int = 0, goes_on: bool = False) -> None:
        self.reason, self.received, self.goes_on = reason, received, goes_on
        self.detail = "".join(c if c.isprintable() else " " for c in detail)[:300]
        super().__init__(f"{reason.value}: {self.detail}")
