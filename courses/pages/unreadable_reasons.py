"""Why a repository cannot be read, in words a student can act on."""

from django.utils.translation import gettext as _

from gitsync.git.failures import Reason


def in_words(reason: str) -> str:
    """The sentence for a reason of the Git module; what another module worded itself is shown as it is."""
    if reason in Reason.values:
        return str(Reason(reason).label)
    return reason or _("The Git module did not say why.")
