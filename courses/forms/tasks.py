"""The form of a task of a course."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from courses.forms.fields import deadline_field, starter_commit_field, starter_url_field
from courses.forms.starters import StarterForm
from courses.models import Course, Task
from kernel.ids import clean_path


class TaskForm(StarterForm):
    """A new task of `course`, or a change of the task `before`."""

    title = forms.CharField(label=_("Title"), max_length=200)
    path = forms.CharField(
        label=_("Path"),
        max_length=1000,
        help_text=_(
            "From the root of the course, such as /tp1/exercise1. Tasks below it belong to it and move with it."
        ),
    )
    statement = forms.CharField(
        label=_("Statement"),
        max_length=50_000,
        required=False,
        widget=forms.Textarea({"rows": 6}),
        help_text=_("Instructions for the students, in Markdown: **bold**, lists, `code`, tables, links."),
    )
    asks_for = forms.ChoiceField(label=_("Asks for"), choices=Task.Asks.choices, initial=Task.Asks.EXERCISE)
    deadline = deadline_field(_("Deadline"), required=False)
    repo_path = forms.CharField(
        label=_("Repository at"),
        max_length=1000,
        required=False,
        help_text=_("Left empty: the nearest repository above."),
    )
    source_folder_path = forms.CharField(
        label=_("Source folder"),
        max_length=1000,
        required=False,
        help_text=_("The folder in the repository. Left empty: the path."),
    )
    completion_keywords = forms.CharField(
        label=_("Completion keywords"),
        max_length=1000,
        required=False,
        help_text=_("A commit whose message starts with them completes the exercise. Left empty: the title."),
    )

    starter_commit = starter_commit_field()
    starter_url = starter_url_field()

    FIELDS = (
        "title",
        "path",
        "statement",
        "asks_for",
        "deadline",
        "repo_path",
        "source_folder_path",
        "completion_keywords",
        "starter_commit",
        "starter_url",
    )

    # only Git exercises have them
    GIT_FIELDS = ("repo_path", "source_folder_path", "completion_keywords", "starter_commit", "starter_url")

    def __init__(self, course: Course, data: Mapping[str, Any] | None = None, *, before: Task | None = None) -> None:
        initial = {name: getattr(before, name) for name in self.FIELDS} if before else None
        if not before and not course.tasks.exists():
            initial = {"asks_for": Task.Asks.REPOSITORY}  # a course begins with it: the page of its tasks says so
        super().__init__(data, initial=initial)
        self.course, self.before = course, before
        self.saved_starter_url = before.starter_url if before else ""

    @property
    def plain_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in self.FIELDS if name not in self.GIT_FIELDS]

    @property
    def git_fields(self) -> list[forms.BoundField]:
        """The fields that the page shows only for a Git exercise."""
        return [self[name] for name in self.GIT_FIELDS]

    def clean(self) -> dict[str, Any]:
        """Ignore the values of fields that are hidden for this kind of task, also invalid ones."""
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("asks_for") not in (None, Task.Asks.EXERCISE):
            for name in self.GIT_FIELDS:
                self.errors.pop(name, None)
                cleaned[name] = getattr(self.before, name) if self.before else ""
        return cleaned

    def clean_repo_path(self) -> str:
        """Accept a path only where the course asks for a repository; the task's current path may stay."""
        typed: str = self.cleaned_data["repo_path"]
        unchecked = ["", self.before.repo_path] if self.before and self.before.is_exercise else [""]
        if typed in unchecked or self.cleaned_data.get("asks_for") != Task.Asks.EXERCISE:
            return typed
        place = self.clean_with("repo_path", clean_path)
        tasks = self.course.tasks.filter(asks_for=Task.Asks.REPOSITORY).exclude(pk=self.before.pk if self.before else 0)
        places = sorted({"/", *tasks.values_list("path", flat=True)})
        if place not in places:
            sentence = gettext("No repository is asked for at %(place)s. The places there are: %(places)s")
            raise forms.ValidationError(sentence % {"place": place, "places": ", ".join(places)})
        return place
