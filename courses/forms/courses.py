"""The forms of a course: a new one, and its settings."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.forms import offer_stored_zone
from accounts.models import User
from courses.forms.base import CommandForm
from courses.forms.fields import starter_commit_field, starter_url_field
from courses.forms.starters import StarterForm
from courses.models import Course
from kernel.ids import clean_id


class TeacherField(forms.ModelChoiceField):  # type: ignore[type-arg]
    """The teachers with an account that is active, by their names."""

    def __init__(self, **options: Any) -> None:
        teachers = User.objects.filter(kind=User.Kind.TEACHER, is_active=True)
        super().__init__(teachers.order_by("last_name", "first_name", "username"), **options)

    def label_from_instance(self, teacher: User) -> str:
        name = teacher.display_name
        return name if name == teacher.username else f"{name} ({teacher.username})"


class CourseForm(CommandForm):
    """A new course, in an existing or a new semester. Staff choose its teacher."""

    teacher = TeacherField(label=_("Teacher"))
    title = forms.CharField(label=_("Title"), max_length=200)
    course_id = forms.CharField(
        label=_("Course code"),
        max_length=255,
        help_text=_("Letters without accents, digits, dots, hyphens and underscores."),
    )
    semester_id = forms.CharField(
        label=_("Semester code"), max_length=255, help_text=_("Such as A2026. A new one is made when you have none.")
    )

    def __init__(self, person: User, data: Mapping[str, Any] | None = None) -> None:
        super().__init__(data, initial={"teacher": person if person.is_teacher else None})
        if not person.is_staff:
            del self.fields["teacher"]

    @property
    def has_no_teacher(self) -> bool:
        """Whether staff must choose a teacher and there is none."""
        field = self.fields.get("teacher")
        return isinstance(field, TeacherField) and field.queryset is not None and not field.queryset.exists()

    def clean_course_id(self) -> str:
        return self.clean_with("course_id", clean_id)

    def clean_semester_id(self) -> str:
        return self.clean_with("semester_id", clean_id)


class CourseSettingsForm(StarterForm):
    """The title and the time zone of a course, and what counts in it."""

    title = forms.CharField(label=_("Title"), max_length=200)
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
    FIELDS = ("title", "zone", "unproven_counts_as", "starter_commit", "starter_url")

    def __init__(self, course: Course, data: Mapping[str, Any] | None = None) -> None:
        super().__init__(data, initial={name: getattr(course, name) for name in self.FIELDS})
        self.course, self.saved_starter_url = course, course.starter_url
        offer_stored_zone(self.fields["zone"], course.zone)

    def clean_unproven_counts_as(self) -> str:
        """Keep the present value when none was sent."""
        return self.cleaned_data["unproven_counts_as"] or self.course.unproven_counts_as
