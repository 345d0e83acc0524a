"""Form fields that several forms of courses share: a deadline, a day, a student of a course."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.forms.models import ModelChoiceIterator
from django.utils.translation import gettext_lazy as _

from courses.models import Enrolment
from courses.pages.matrix_filters import family_order
from kernel.forms.local_datetime import LocalDateTimeField, LocalDateTimeSecondsInput

# Every time zone, database and browser field can hold the years between these two.
EARLIEST, LATEST = datetime(1000, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC)


def deadline_field(label: "str | _StrPromise", *, required: bool = True) -> LocalDateTimeField:
    """Return a field for a deadline, to the second, between the years 1000 and 9998."""
    limits = [MinValueValidator(EARLIEST), MaxValueValidator(LATEST)]
    return LocalDateTimeField(label=label, widget=LocalDateTimeSecondsInput, validators=limits, required=required)


def day_field(label: "str | _StrPromise") -> forms.DateField:
    """Return a field for an optional day, in the format of the browser's date field in every language."""
    widget = forms.DateInput({"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, required=False, widget=widget, input_formats=["%Y-%m-%d"])


if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

    # Django's own classes take no type argument at run time.
    _EnrolmentChoices = ModelChoiceIterator[Enrolment]
    _EnrolmentField = forms.ModelChoiceField[Enrolment]
else:
    _EnrolmentChoices, _EnrolmentField = ModelChoiceIterator, forms.ModelChoiceField


class _SortedByName(_EnrolmentChoices):
    def __iter__(self) -> Iterator[Any]:
        yield "", self.field.empty_label
        for enrolment in sorted(self.queryset, key=lambda enrolment: family_order(enrolment.person)):
            yield self.choice(enrolment)


class StudentField(_EnrolmentField):
    """A student of a course, chosen from a list by family name. Its value is the user name."""

    iterator = _SortedByName

    def prepare_value(self, value: Any) -> Any:
        return value.person.username if isinstance(value, Enrolment) else value

    def label_from_instance(self, obj: Enrolment) -> str:
        return obj.person.display_name


def id_field(label: "str | _StrPromise", *, proposed_from: str = "") -> forms.CharField:
    """Return a field for an id of the wire. Left empty, the id follows from the title in the field `proposed_from`.

    static/js/proposed-ids.js shows the proposal while the title is typed.
    """
    follows = _("Left empty, it follows from the title. It can be changed until the first use.")
    shape = _("Letters without accents, digits, dots, hyphens and underscores.")
    widget = forms.TextInput({"spellcheck": "false", "autocapitalize": "none"})
    if proposed_from:
        widget.attrs["data-proposed-from"] = f"id_{proposed_from}"
    return forms.CharField(
        label=label, max_length=255, required=False, widget=widget, help_text=follows if proposed_from else shape
    )


def fix_id(field: forms.Field) -> None:
    """Make the field of an id that is in use read-only, and say why."""
    field.disabled = True
    field.help_text = _(
        "It is fixed: repositories, events and webhooks name it already. The title can change at any time."
    )


def starter_url_field() -> forms.CharField:
    return forms.CharField(
        label=_("Starter repository"),
        max_length=1000,
        required=False,
        help_text=_(
            "The address of the repository that you handed out. It is read like those of students; commits that come "
            "from it complete nothing and have no effort."
        ),
    )


def starter_commit_field() -> forms.CharField:
    return forms.CharField(
        label=_("Starter commit"),
        max_length=64,
        required=False,
        help_text=_(
            "The full id of the last commit that you handed out. It and all commits before it complete nothing and "
            "have no effort."
        ),
    )
