"""What could not be read of a commit, though the commit itself was. Rows, events and pages use the same codes."""

from collections.abc import Iterable

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Remark(TextChoices):
    MESSAGE_CUT = "message_cut", _("The message is longer than what is kept of it.")
    FILES_UNKNOWN = "files_unknown", _("Too many files changed at once: none of them is counted.")
    LONG_NAME = "long_name", _("A file with too long a name is left out.")
    NOT_COUNTED = "not_counted", _("A file that is too large, damaged or too slow to compare is not counted.")
    DAMAGED = "damaged", _("The commit is damaged: its files are not counted.")


def join_remarks(remarks: Iterable[str]) -> str:
    """Return the codes as one text, as columns store them."""
    return ",".join(remarks)


def split_remarks(text: str) -> list[str]:
    """Return the known codes of a text that `join_remarks` made."""
    return [code for code in text.split(",") if code in Remark.values]


def remark_sentences(text: str) -> list[str]:
    """Return a sentence for each known code of a text that `join_remarks` made."""
    return [str(Remark(code).label) for code in split_remarks(text)]
