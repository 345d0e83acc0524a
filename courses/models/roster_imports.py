"""The import of a file of people into a course: its lines, the choice of its columns, and how far it is."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import User
from courses.models.course import Course


class RosterColumn(models.TextChoices):
    """The kinds of columns that a file of people may have. Others are ignored."""

    USERNAME = "username", _("User name or student number")
    EMAIL = "email", _("E-mail address")
    FIRST_NAME = "first_name", _("First name")
    LAST_NAME = "last_name", _("Last name")
    FULL_NAME = "full_name", _("Full name")
    GROUP = "group", _("Group")
    TEAM = "team", _("Team")


class LineOutcome(models.TextChoices):
    """The effect of one line of a file of people."""

    NEW = "new", pgettext_lazy("roster line", "New account")
    ADDED = "added", pgettext_lazy("roster line", "Has an account")
    MOVED = "moved", pgettext_lazy("roster line", "Moves to another group")
    SAME = "same", pgettext_lazy("roster line", "Already there")
    CONTRADICTION = "contradiction", pgettext_lazy("roster line", "Contradiction")
    ERROR = "error", pgettext_lazy("roster line", "Error")


class RosterImport(models.Model):
    """A file of people, or a pasted list, on its way into the roster of a course.

    `lines` is a list of `[number, [cell, …]]`; the first `head_lines` of them are no people. `columns` has a
    RosterColumn, or "", for each column. While it is applied, `usernames` has the user name of each new account that
    the person saw before, by line number, `position` counts the lines that are done, and `results` has an object for
    each of them (courses/domain/roster_plan.py). `counts` has the number of lines of each LineOutcome at the end.
    """

    class State(models.TextChoices):
        OPEN = "open", _("Not applied yet")
        APPLYING = "applying", _("Being applied")
        DONE = "done", _("Done")

    course = models.ForeignKey(
        Course, verbose_name=_("course"), on_delete=models.CASCADE, related_name="roster_imports"
    )
    created_by = models.ForeignKey(
        User, verbose_name=_("person"), null=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(_("made"), auto_now_add=True, db_index=True)
    touched_at = models.DateTimeField(_("last change"), auto_now=True)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.OPEN, db_index=True)
    file_name = models.CharField(_("file"), max_length=200, blank=True, default="")
    how = models.CharField(_("how it was read"), max_length=500, blank=True, default="")
    lines = models.JSONField(_("lines"), default=list)
    columns = models.JSONField(_("columns"), default=list)
    head_lines = models.PositiveSmallIntegerField(_("lines above the people"), default=0)
    invite = models.BooleanField(_("invite"), default=True)
    usernames = models.JSONField(_("new user names"), default=dict)
    position = models.PositiveIntegerField(_("lines done"), default=0)
    results = models.JSONField(_("results"), default=list)
    counts = models.JSONField(_("counts"), default=dict)

    class Meta:
        verbose_name = _("import of people")
        verbose_name_plural = _("imports of people")

    def __str__(self) -> str:
        return f"{self.file_name} ({self.get_state_display()})"

    @property
    def people_lines(self) -> list[tuple[int, list[str]]]:
        """The lines of people: the number of each in the file, and its cells."""
        return [(number, cells) for number, cells in self.lines[self.head_lines :]]
