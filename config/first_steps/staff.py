"""The five steps of staff in an empty installation: school, mail, sign-in, first teacher, first machine."""

from django.conf import settings
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db.models import Exists
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import User
from config.first_steps.step import Step, StepList
from config.models import School
from farm.models import Machine
from mail.mail_list import has_server


def steps_of(person: User) -> StepList | None:
    """Return the steps of staff, with one query; None for other people."""
    if not person.is_staff:
        return None
    has_school, has_second, has_teacher, has_machine = _state(person)
    return StepList(
        _("First steps of this installation"),
        [
            Step(
                "staff.school",
                _("Name the school"),
                _("The name appears on each home page. The time zone is %(zone)s.") % {"zone": settings.TIME_ZONE},
                _("Name the school"),
                reverse("school"),
                has_school,
            ),
            Step(
                "staff.mail",
                _("Set up a mail server"),
                _("Set EMAIL_URL on the server. Until then you read the mails here, and give their links to people."),
                _("Open the mails"),
                reverse("mails"),
                has_server(),
            ),
            Step(
                "staff.sign_in",
                _("Let a second staff member sign in"),
                _("With two, a forgotten password locks nobody out. Add a person with the tick at “Staff”."),
                _("Add a person"),
                f"{reverse('admin:accounts_user_add')}?is_staff=1",
                has_second,
            ),
            Step(
                "staff.teacher",
                _("Add the first teacher"),
                _("Teachers make their courses and add their students themselves."),
                _("Add a teacher"),
                f"{reverse('admin:accounts_user_add')}?kind=teacher",
                has_teacher,
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


def _state(person: User) -> tuple[bool, bool, bool, bool]:
    """Return whether there are a school, another staff member who can sign in, a teacher and a machine."""
    people = User.objects.filter(is_active=True)
    others = people.filter(is_staff=True).exclude(pk=person.pk).exclude(password__startswith=UNUSABLE_PASSWORD_PREFIX)
    teachers = people.filter(kind=User.Kind.TEACHER)
    questions = (School.objects.all(), others, teachers, Machine.objects.all())
    school, second, teacher, machine = User.objects.filter(pk=person.pk).values_list(*map(Exists, questions))[0]
    return school, second, teacher, machine
