"""The states of reading a repository, as the pages of repositories draw and filter them."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from gitsync.models import LocalCopy


@dataclass(frozen=True, slots=True)
class ReadingState:
    """`key` is its name in URLs, `css` the class of its colour, `icon` its drawing in static/icons.svg."""

    key: str
    css: str
    icon: str
    label: str | Promise


CANNOT_BE_READ = ReadingState("failing", "at-failing", "failing", _("Cannot be read"))
OVER_LIMIT = ReadingState("quarantined", "at-failing", "blocked", _("Over a limit"))
PAUSED = ReadingState("paused", "at-late", "closed", _("Paused"))
NOT_READ_YET = ReadingState("new", "at-started", "started", _("Not read yet"))
UP_TO_DATE = ReadingState("ok", "at-done", "done", pgettext_lazy("repository", "Up to date"))

# The most urgent first.
READING_STATES = (CANNOT_BE_READ, OVER_LIMIT, PAUSED, NOT_READ_YET, UP_TO_DATE)
BY_STATUS = {LocalCopy.Status(state.key): state for state in READING_STATES}
