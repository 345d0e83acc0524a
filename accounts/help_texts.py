"""The help of each role, read from templates/help/: a title, a sentence, and sections in Markdown."""

from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

FOLDER = Path(settings.BASE_DIR) / "templates" / "help"
LANGUAGES = ("en", "fr")
ROLES: dict[str, str | Promise] = {
    "student": _("Students"),
    "teacher": _("Teachers"),
    "assistant": _("Assistants"),
    "staff": _("Staff"),
}


class Section(NamedTuple):
    """A section of a help page. `text` is Markdown."""

    title: str
    text: str


class HelpText(NamedTuple):
    """The help of one role in one language."""

    title: str
    beginning: str
    sections: list[Section]


@lru_cache
def help_text(role: str, language: str) -> HelpText:
    """Return the help of a role in ROLES. A language that is not one of LANGUAGES reads English."""
    language = language[:2] if language[:2] in LANGUAGES else "en"
    text = (FOLDER / f"{role}.{language}.md").read_text(encoding="utf-8")
    head, *sections = text.removeprefix("# ").split("\n## ")
    title, _newline, beginning = head.partition("\n")
    return HelpText(title, beginning.strip(), [_section(section) for section in sections])


def _section(text: str) -> Section:
    title, _newline, body = text.partition("\n")
    return Section(title, body.strip())
