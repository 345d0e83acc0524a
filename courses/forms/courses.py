"""The forms of a course: a new one, and its settings."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.forms.account import offer_stored_zone
from accounts.models import User
from courses.domain import courses
from courses.forms.base import CommandForm
from courses.forms.fields import fix_id, id_field, starter_commit_field, starter_url_field
from courses.forms.starters import StarterForm
from courses.git import wire_use
from courses.models import Course
from kernel.database.folded import by_words
from kernel.forms.words import SentenceField
from kernel.ids import clean_id


class TeacherField(forms.ModelChoiceField):  # type: ignore[type-arg]
    """The teachers with an account that is active, by their names."""

    def __init__(self, **options: Any) -> None:
        teachers = User.objects.filter(kind=User.Kind.TEACHER, is_active=True)
        super().__init__(teachers.order_by(*by_words("last_name", "first_name"), "username"), **options)

    def label_from_instance(self, teacher: User) -> str:
        name = teacher.display_name
        return name if name == teacher.username else f"{name} ({teacher.username})"


class CourseForm(CommandForm):
    """A new course, in an existing or a new semester. Staff choose its teacher."""

    teacher = TeacherField(label=_("Teacher"))
    title = SentenceField(label=_("Title"), max_length=200)
    course_id = id_field(_("Course code"), proposed_from="title")
    semester_title = SentenceField(
        label=_("Semester"),
        max_length=120,
        required=False,
        help_text=_("Such as Autumn 2026. A new one is made when you have none with this title."),
    )
    semester_id = id_field(_("Semester code"), proposed_from="semester_title")

    def __init__(self, person: User, data: Mapping[str, Any] | None = None) -> None:
        super().__init__(data, initial={"teacher": person if person.is_teacher else None})
        self.fields["semester_title"].widget.attrs["list"] = "known-semesters"
        if not person.is_staff:
            del self.fields["teacher"]

    @property
    def titles(self) -> list[forms.BoundField]:
        """The fields of people's words, which come first."""
        return [field for field in self if field not in self.codes]

    @property
    def codes(self) -> list[forms.BoundField]:
        return [self["course_id"], self["semester_id"]]

    @property
    def has_no_teacher(self) -> bool:
        """Whether staff must choose a teacher and there is none."""
        field = self.fields.get("teacher")
        return isinstance(field, TeacherField) and field.queryset is not None and not field.queryset.exists()

    def clean_course_id(self) -> str:
        return self.clean_with("course_id", clean_id) if self.cleaned_data["course_id"] else ""

    def clean_semester_id(self) -> str:
        return self.clean_with("semester_id", clean_id) if self.cleaned_data["semester_id"] else ""


class CourseSettingsForm(StarterForm):
    """The title, the id and the time zone of a course, what counts in it, and what its assistants may do."""

    title = SentenceField(label=_("Title"), max_length=200)
    course_id = id_field(_("Course code"))
    zone = forms.ChoiceField(
        label=_("Time zone"),
        required=False,
        help_text=_("The time zone in which deadlines are entered and shown. Another one does not move them."),
    )

    unproven_counts_as = forms.ChoiceField(
        label=_("Work whose date is not verified counts as"),
        required=False,
        choices=Course.Unproven.choices,
        help_text=_(
            "Only the date of its commits says that such work is on time: Atelier first saw it after the deadline. "
            "Pages mark it in both cases."
        ),
    )
    starter_commit = starter_commit_field()
    starter_url = starter_url_field()
    assistants_extend = forms.BooleanField(
        label=_("They grant extensions to their students"),
        required=False,
        widget=forms.CheckboxInput({"class": "form-check-input"}),
    )
    assistants_override = forms.BooleanField(
        label=_("They decide whether work counts that a rewrite removed"),
        required=False,
        widget=forms.CheckboxInput({"class": "form-check-input"}),
    )
    FIELDS = courses.FIELDS

    def __init__(self, course: Course, data: Mapping[str, Any] | None = None) -> None:
        super().__init__(data, initial={name: getattr(course, name) for name in (*self.FIELDS, "course_id")})
        self.course, self.saved_starter_url = course, course.starter_url
        if wire_use.is_course_used(course):
            fix_id(self.fields["course_id"])
        offer_stored_zone(self.fields["zone"], course.zone)

    @property
    def assistants(self) -> list[forms.BoundField]:
        """The checkboxes of what assistants may do."""
        return [self["assistants_extend"], self["assistants_override"]]

    def clean_course_id(self) -> str:
        return self.clean_with("course_id", clean_id) if self.cleaned_data["course_id"] else self.course.course_id

    def clean_unproven_counts_as(self) -> str:
        """Keep the present value when none was sent."""
        return self.cleaned_data["unproven_counts_as"] or self.course.unproven_counts_as
