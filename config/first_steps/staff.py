"""The five steps of staff in an empty installation: school, mail, sign-in, first teacher, first machine."""

from django.conf import settings
from django.db.models import Count, Exists, Q
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import User
from config.first_steps.step import Step, StepList
from config.models import School
from farm.models import Machine
from mail.mail_list import has_server

ENOUGH_STAFF = 2  # one forgotten password must not close the administration


def steps_of(person: User) -> StepList | None:
    """Return the steps of staff, with two queries; None for other people."""
    if not person.is_staff:
        return None
    has_school, has_machine, staff, teachers = _state(person)
    return StepList(
        _("First steps of this installation"),
        [
            Step(
                "staff.school",
                _("Name the school"),
                _("The name appears where people sign in. The time zone is %(zone)s.") % {"zone": settings.TIME_ZONE},
                _("Name the school"),
                reverse("school"),
                has_school,
            ),
            Step(
                "staff.mail",
                _("Let mails leave this machine"),
                _("Set EMAIL_URL on the server. Until then you read the mails here, and give their links to people."),
                _("Open the mails"),
                reverse("mails"),
                has_server(),
            ),
            Step(
                "staff.sign_in",
                _("Let a second staff member sign in"),
                _("With two, a forgotten password locks nobody out. Add a person, then tick “Staff” on the next page."),
                _("Add a person"),
                reverse("admin:accounts_user_add"),
                staff >= ENOUGH_STAFF,
            ),
            Step(
                "staff.teacher",
                _("Add the first teacher"),
                _("Teachers make their courses and add their students themselves."),
                _("Add a teacher"),
                f"{reverse('admin:accounts_user_add')}?kind=teacher",
                teachers > 0,
            ),
            Step(
                "staff.machine",
                _("Add the first machine"),
                _("As soon as there is one, people can book it. A file with many machines can be imported."),
                _("Add a machine"),
                reverse("admin:farm_machine_add"),
                has_machine,
            ),
        ],
    )


def _state(person: User) -> tuple[bool, bool, int, int]:
    """Return whether there are a school and a machine, how many staff can sign in, and how many teachers there are."""
    can_sign_in = Q(is_staff=True) & ~Q(password__startswith="!")
    counts = User.objects.filter(is_active=True).aggregate(
        staff=Count("pk", filter=can_sign_in),
        teachers=Count("pk", filter=Q(kind=User.Kind.TEACHER)),
    )
    exists = User.objects.filter(pk=person.pk).values_list(Exists(School.objects.all()), Exists(Machine.objects.all()))
    has_school, has_machine = exists[0]
    return has_school, has_machine, counts["staff"], counts["teachers"]
