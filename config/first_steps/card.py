"""The card of the home page with the first steps (settings.HOME_CARDS). It is gone when all steps are done."""

from dataclasses import dataclass

from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from accounts.person_request import PersonRequest
from config.first_steps import staff, student, teacher
from config.first_steps.step import Step, StepList
from config.models import LeftStep

STEP_NAMES = (
    "staff.school",
    "staff.mail",
    "staff.sign_in",
    "staff.teacher",
    "staff.machine",
    "teacher.course",
    "teacher.roster",
    "teacher.exercise",
    "student.repository",
    "student.hook",
)


@dataclass(frozen=True)
class ShownSteps:
    """The steps of a role as the card shows them: those to do now, those left for later, and how many are done."""

    title: str
    number: int
    done: int
    now: list[Step]
    later: list[Step]
    finished: list[Step]


def first_steps(request: PersonRequest) -> SafeString | str:
    """Render the first steps of the person; "" when there are none, or all are done."""
    lists = [steps_of(request.user) for steps_of in (staff.steps_of, teacher.steps_of, student.steps_of)]
    open_lists = [steps for steps in lists if steps and not steps.is_done]
    if not open_lists:
        return ""
    left = set(LeftStep.objects.filter(person=request.user).values_list("step", flat=True))
    context = {"step_lists": [_shown(steps, left) for steps in open_lists]}
    return render_to_string("config/_first_steps.html", context, request)


def _shown(steps: StepList, left: set[str]) -> ShownSteps:
    to_do = [step for step in steps.steps if not step.is_done]
    return ShownSteps(
        steps.title,
        len(steps.steps),
        len(steps.steps) - len(to_do),
        [step for step in to_do if step.name not in left],
        [step for step in to_do if step.name in left],
        [step for step in steps.steps if step.is_done],
    )
