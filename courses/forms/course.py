"""The forms of courses: they check shape; the verbs decide."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any, TypeVar, cast

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.forms.models import ModelChoiceIterator
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.forms import BootstrapFormMixin, time_zone_choices
from courses.models import Course, Enrolment, Extension, Group, GroupDeadline, Semester, Task
from courses.pages.matrix_filters import family_order
from kernel.errors import Malformed, Refused
from kernel.forms.local_datetime import LocalDateTimeField, LocalDateTimeSecondsInput, keep_unchanged_datetimes
from kernel.ids import clean_id, clean_path

Made = TypeVar("Made")


class RefusableForm(BootstrapFormMixin, forms.Form):
    """A form that a verb's refusal can be put on, at the field it names."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.add_css_classes()
        keep_unchanged_datetimes(self)

    def carry_out(self, verb: Callable[[dict[str, Any]], Made]) -> Made | None:
        """What the verb makes of the input; None where nothing was sent, or why it is refused stands at its field."""
        if not self.is_valid():
            return None
        try:
            return verb(self.cleaned_data)
        except Refused as refusal:
            self.refuse(refusal)
            return None

    def taken(self, name: str, clean: Callable[[str, str], str]) -> str:
        """A field as its verb takes it; looked at here so that all that is wrong is said at once."""
        try:
            return clean(self.cleaned_data[name], name)
        except Malformed as refusal:
            raise forms.ValidationError(labelled(refusal, str(self.fields[name].label))) from refusal

    def refuse(self, refusal: Refused) -> None:
        if refusal.field not in self.fields:
            self.add_error(None, refusal.message)
            return
        self.add_error(refusal.field, labelled(refusal, str(self.fields[refusal.field].label)))


def labelled(refusal: Refused, label: str) -> str:
    """A sentence of the kernel begins with the input's name for programs; people know it by its label."""
    sentence = str(refusal.message)
    if refusal.field:
        sentence = sentence.replace(f"\u00a0{refusal.field}\u00a0", f"\u00a0{label}\u00a0", 1)  # « French »
    if refusal.field and sentence.startswith(refusal.field + " "):
        return f"{label}{sentence.removeprefix(refusal.field)}"
    return sentence


class CourseForm(RefusableForm):
    title = forms.CharField(label=_("Title"), max_length=200)
    course_id = forms.CharField(
        label=_("Course code"),
        max_length=255,
        help_text=_("Letters without accents, digits, dots, hyphens and underscores."),
    )
    semester_id = forms.CharField(
        label=_("Semester code"), max_length=255, help_text=_("Such as A2026. A new one is made when you have none.")
    )

    def clean_course_id(self) -> str:
        return self.taken("course_id", clean_id)

    def clean_semester_id(self) -> str:
        return self.taken("semester_id", clean_id)


class CourseSettingsForm(RefusableForm):
    title = forms.CharField(label=_("Title"), max_length=200)
    zone = forms.ChoiceField(
        label=_("Time zone"),
        required=False,
        help_text=_("Of its deadlines. Another zone changes how they are written, not when they are."),
    )

    def __init__(self, course: Course, data: Any = None) -> None:
        super().__init__(data, initial={"title": course.title, "zone": course.zone})
        choices = time_zone_choices()
        odd = [] if course.zone in dict(choices) else [(course.zone, course.zone)]
        cast(forms.ChoiceField, self.fields["zone"]).choices = choices + odd


def _day(label: Any) -> forms.DateField:
    """As the browser's field writes it, in every language."""
    widget = forms.DateInput({"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, required=False, widget=widget, input_formats=["%Y-%m-%d"])


class SemesterForm(RefusableForm):
    title = forms.CharField(
        label=_("Title"), max_length=120, required=False, help_text=_("Left empty: the semester code.")
    )
    starts_on = _day(_("First day"))
    ends_on = _day(_("Last day"))

    def __init__(self, semester: Semester, data: Any = None) -> None:
        super().__init__(data, initial={name: getattr(semester, name) for name in ("title", "starts_on", "ends_on")})


def _moment(label: Any, **how: Any) -> LocalDateTimeField:
    """Within the years that every zone, database and browser's field can write."""
    limits = [MinValueValidator(datetime(1000, 1, 1, tzinfo=UTC)), MaxValueValidator(datetime(9999, 1, 1, tzinfo=UTC))]
    return LocalDateTimeField(label=label, widget=LocalDateTimeSecondsInput, validators=limits, **how)


class TaskForm(RefusableForm):
    title = forms.CharField(label=_("Title"), max_length=200)
    path = forms.CharField(
        label=_("Path"),
        max_length=1000,
        help_text=_("From the root of the course, such as /tp1/exercise1. Tasks below it belong to it."),
    )
    statement = forms.CharField(
        label=_("Statement"),
        max_length=50_000,
        required=False,
        widget=forms.Textarea({"rows": 6}),
        help_text=_("What students are to do, in Markdown: **bold**, lists, `code`, tables, links."),
    )
    asks_for = forms.ChoiceField(label=_("Asks for"), choices=Task.Asks.choices, initial=Task.Asks.EXERCISE)
    deadline = _moment(_("Deadline"), required=False)
    repo_path = forms.CharField(
        label=_("Repository at"),
        max_length=1000,
        required=False,
        help_text=_("Left empty: the nearest repository above."),
    )
    source_folder_path = forms.CharField(
        label=_("Source folder"), max_length=1000, required=False, help_text=_("Left empty: the path.")
    )
    completion_keywords = forms.CharField(
        label=_("Completion keywords"),
        max_length=1000,
        required=False,
        help_text=_("A commit whose message starts with them completes the exercise. Left empty: the title."),
    )

    FIELDS = (
        "title",
        "path",
        "statement",
        "asks_for",
        "deadline",
        "repo_path",
        "source_folder_path",
        "completion_keywords",
    )

    def __init__(self, course: Course, data: Any = None, *, before: Task | None = None) -> None:
        initial = {name: getattr(before, name) for name in self.FIELDS} if before else None
        super().__init__(data, initial=initial)
        self.course, self.before = course, before

    def clean_repo_path(self) -> str:
        """A place that somebody types is one where students are asked for a repository; what stood there may stay."""
        typed: str = self.cleaned_data["repo_path"]
        known = ["", self.before.repo_path] if self.before and self.before.is_exercise else [""]
        if typed in known or self.cleaned_data.get("asks_for") != Task.Asks.EXERCISE:
            return typed
        place = self.taken("repo_path", clean_path)
        tasks = self.course.tasks.filter(asks_for=Task.Asks.REPOSITORY).exclude(pk=self.before.pk if self.before else 0)
        places = sorted({"/", *tasks.values_list("path", flat=True)})
        if place not in places:
            sentence = gettext("No repository is asked for at %(place)s. The places there are: %(places)s")
            raise forms.ValidationError(sentence % {"place": place, "places": ", ".join(places)})
        return place


class _ByName(ModelChoiceIterator):
    def __iter__(self) -> Iterator[Any]:
        yield "", self.field.empty_label
        for enrolment in sorted(self.queryset, key=lambda one: family_order(one.person)):
            yield self.choice(enrolment)


class _StudentField(forms.ModelChoiceField):
    iterator = _ByName

    def prepare_value(self, value: Any) -> Any:
        return value.person.username if isinstance(value, Enrolment) else value

    def label_from_instance(self, obj: Any) -> str:
        return str(obj.person.display_name)


class ExtensionForm(RefusableForm):
    """`student` cleans to an enrolment of this course."""

    student = _StudentField(
        label=_("Student"),
        queryset=Enrolment.objects.none(),
        to_field_name="person__username",
        empty_label=_("Choose a student"),
    )
    deadline = _moment(_("New deadline"))
    reason = forms.CharField(
        label=_("Reason"), max_length=500, help_text=_("The student sees it, and so does everybody who sees the class.")
    )

    def __init__(self, course: Course, data: Any = None, *, before: Extension | None = None, **how: Any) -> None:
        if before:
            how["initial"] = {"deadline": before.deadline, "reason": before.reason, **how.get("initial", {})}
        super().__init__(data, **how)
        field = self.fields["student"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = course.enrolments.filter(role="student").select_related("person")


class GroupDeadlineForm(RefusableForm):
    """`group` cleans to a group of this course."""

    group = forms.ModelChoiceField(
        label=_("Group"),
        queryset=Group.objects.none(),
        to_field_name="group_id",
        empty_label=_("Choose a group"),
    )
    deadline = _moment(_("Deadline"))

    def __init__(self, course: Course, data: Any = None, *, before: GroupDeadline | None = None, **how: Any) -> None:
        if before:
            how["initial"] = {"deadline": before.deadline, **how.get("initial", {})}
        super().__init__(data, **how)
        field = self.fields["group"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = course.groups.order_by("group_id")


class AnswerForm(RefusableForm):
    """A text is judged by its verb; no `maxlength`, which would cut off what is pasted without a word."""

    text = forms.CharField(label=_("Your text"), required=False, strip=False, widget=forms.Textarea({"rows": 10}))


class RepositoryForm(RefusableForm):
    url = forms.CharField(
        label=_("Address of your repository"),
        max_length=1000,
        widget=forms.URLInput({"placeholder": _("https://github.com/you/project.git"), "spellcheck": "false"}),
        help_text=_("It starts with https:// and can be read without a password."),
    )
