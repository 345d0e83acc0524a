"""The filters of the audit log: who, which action, which object, from and to which day."""

import datetime
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.audit_log.objects import find_subjects, is_subject
from accounts.audit_log.titles import command_choices
from accounts.models import AuditEvent, User
from accounts.people_search import matching_people
from kernel.forms.bootstrap import BootstrapFormMixin

LONGEST = 200  # characters of a text
MOST_NAMED = 5  # people in the sentence that asks for one of them
# Rows are numbered in the order of their time, apart from transactions that end at the same moment.
SAME_MOMENT = 1_000  # rows
DAYS = [MinValueValidator(datetime.date(2000, 1, 1)), MaxValueValidator(datetime.date(2199, 12, 31))]


def _day_field(label: Any) -> forms.DateField:
    widget = forms.DateInput({"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, required=False, widget=widget, validators=DAYS)


class AuditFilterForm(BootstrapFormMixin, forms.Form):
    """The filters as the address of the page has them. `events` returns what they leave."""

    person = forms.CharField(label=gettext_lazy("Person"), required=False, max_length=LONGEST)
    action = forms.ChoiceField(label=gettext_lazy("Action"), required=False, choices=command_choices)
    about = forms.CharField(label=gettext_lazy("Object"), required=False, max_length=LONGEST)
    since = _day_field(gettext_lazy("From"))
    until = _day_field(gettext_lazy("To"))

    def clean_person(self) -> Q:
        """Return the condition for one person, or for an actor without an account. An empty Q is everybody."""
        text = self.cleaned_data["person"].strip()
        if not text:
            return Q()
        if person := User.objects.filter(username=text).first():
            return Q(actor=person)
        if text.lower() == "atelier" or text.startswith("peer:"):
            return Q(actor=None, actor_name=text.lower())
        people = list(matching_people(User.objects.order_by("username"), text)[: MOST_NAMED + 1])
        if len(people) == 1:
            return Q(actor=people[0])
        if not people:
            raise forms.ValidationError(_("Nobody has this name."))
        names = ", ".join(person.username for person in people[:MOST_NAMED])
        sentence = _("Several people have this name. Write the user name of one of them: %(names)s.")
        raise forms.ValidationError(sentence % {"names": f"{names}…" if len(people) > MOST_NAMED else names})

    def clean_about(self) -> Q:
        """Return the condition for the objects with this subject or name. An empty Q is every object."""
        text = self.cleaned_data["about"].strip()
        if not text:
            return Q()
        if is_subject(text):
            return Q(subject=text)
        if subjects := find_subjects(text):
            return Q(subject__in=subjects)
        raise forms.ValidationError(_("No person, course, task, machine or project has this name."))

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        since, until = data.get("since"), data.get("until")
        if since and until and since > until:
            self.add_error("until", _("This day is before the first one."))
        return data

    @property
    def is_used(self) -> bool:
        """Whether the page shows less than the whole log."""
        return any(self.data.get(name) for name in self.fields)

    def events(self) -> QuerySet[AuditEvent]:
        """Return the events of a valid form, without an order; none for a form with errors."""
        if not self.is_valid():
            return AuditEvent.objects.none()
        data = self.cleaned_data
        events = AuditEvent.objects.order_by().filter(data["person"], data["about"])
        if data["action"]:
            events = events.filter(verb=data["action"])
        if data["since"]:
            events = _from(events, _midnight(data["since"]))
        if data["until"]:
            events = _before(events, _midnight(data["until"] + datetime.timedelta(days=1)))
        return events


def _midnight(day: datetime.date) -> datetime.datetime:
    return datetime.datetime.combine(day, datetime.time(), timezone.get_current_timezone())


def _from(events: QuerySet[AuditEvent], moment: datetime.datetime) -> QuerySet[AuditEvent]:
    """Keep the events since this moment. The bound by number keeps a page as cheap in a long log as in a short one."""
    first = AuditEvent.objects.filter(at__gte=moment).order_by("at", "pk").values_list("pk", flat=True).first()
    return events.filter(at__gte=moment, pk__gte=first - SAME_MOMENT) if first else events.none()


def _before(events: QuerySet[AuditEvent], moment: datetime.datetime) -> QuerySet[AuditEvent]:
    last = AuditEvent.objects.filter(at__lt=moment).order_by("-at", "-pk").values_list("pk", flat=True).first()
    return events.filter(at__lt=moment, pk__lte=last + SAME_MOMENT) if last else events.none()
