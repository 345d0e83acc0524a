"""Why a repository could not be read: a closed list of reasons, the same words in rows, events and pages."""

from django.db.models import TextChoices
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
    BROKEN = "broken", _("The repository's data is damaged.")
    DISK_FULL = "disk_full", _("There is no room left here for the repository.")
    INTERNAL = "internal", _("Something failed here. It will be tried again.")


# Over a cap: nothing changes by trying again, a person lifts it.
QUARANTINE = frozenset({Reason.TOO_LARGE, Reason.TOO_MANY_REFS, Reason.TOO_MANY_COMMITS})
# For the person who gave the address to mend: tried again, but slowly.
SLOW = frozenset({Reason.NOT_FOUND, Reason.NO_ACCESS, Reason.REDIRECTED, Reason.NOT_GIT, Reason.REFUSED_ADDRESS})
# Ours, not the student's: retried without an event.
SILENT = frozenset({Reason.INTERNAL, Reason.DISK_FULL})


class TransportFailed(Exception):
    """The repository could not be brought here. `detail` is for people, without secrets, at most 300 characters."""

    def __init__(self, reason: Reason, detail: str = "") -> None:
        self.reason = reason
        self.detail = "".join(c if c.isprintable() else " " for c in detail)[:300]
        super().__init__(f"{reason.value}: {self.detail}")
