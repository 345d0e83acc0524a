"""Texts for the reasons why a repository cannot be read."""

from django.utils.translation import gettext as _

from gitsync.git.failures import Reason


def failure_text(reason: str) -> str:
    """Return a sentence on which a student can act. Another Git module's own words stay as they are."""
    if reason in Reason.values:
        return str(Reason(reason).label)
    return reason or _("The Git module did not say why.")
