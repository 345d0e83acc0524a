"""A student's page of one task: what it asks for, how it stands, and where a text or a tick is given.

Times are those of the course's zone.
"""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.person_request import PersonRequest
from courses.domain import answers
from courses.forms.course import AnswerForm, RefusableForm
from courses.models import Answer, Enrolment, Task
from courses.pages import student_overview
from courses.rules import permissions
from courses.views.matrix import get_course


def own_task(request: PersonRequest, pk: int, task_pk: int) -> HttpResponse:
    """What was typed and is refused stays in the form, also when the task asks for another thing meanwhile.

    Whoever follows a student's link to it and sees the class is led to the page of the whole class.
    """
    try:
        enrolment, task = _own(request, pk, task_pk)
    except PermissionDenied:
        if request.method == "POST" or not permissions.may_see_class(request.user, get_course(request, pk)):
            raise
        return redirect("course-task", pk, task_pk)
    given = Answer.objects.filter(enrolment=enrolment, task=task).first()
    form = _form(request, task, given)
    with timezone.override(enrolment.course.timezone):
        if form.carry_out(lambda data: _act(request, enrolment, task, data)):
            return redirect(_next(request, enrolment, task))
        context = _context(enrolment, task, given) | {"form": form}
        return render(request, "courses/own_task.html", context, status=422 if form.errors else 200)


def standing(request: PersonRequest, pk: int, task_pk: int) -> HttpResponse:
    """How it stands: fetched again while somebody may be typing beside it."""
    enrolment, task = _own(request, pk, task_pk)
    given = Answer.objects.filter(enrolment=enrolment, task=task).first()
    with timezone.override(enrolment.course.timezone):
        return render(request, "courses/_own_task.html", _context(enrolment, task, given))


def _form(request: PersonRequest, task: Task, given: Answer | None) -> RefusableForm:
    data = request.POST if request.method == "POST" else None
    if task.asks_for == Task.Asks.TEXT or "text" in request.POST:
        return AnswerForm(data, initial={"text": given.text if given else ""})
    return RefusableForm(data)


def _act(request: PersonRequest, enrolment: Enrolment, task: Task, data: dict[str, Any]) -> bool:
    if "take_back" in request.POST:
        answers.take_back_answer(request.user, enrolment, task)
        messages.success(request, _("“%(title)s” was taken back.") % {"title": task.title})
    else:
        given = answers.give_answer(request.user, enrolment, task, **data)
        said = _("The change to “%(title)s” is kept.") if given.changed_at else _("“%(title)s” is given.")
        messages.success(request, said % {"title": task.title})
    return True


def _next(request: PersonRequest, enrolment: Enrolment, task: Task) -> str:
    """A text is looked at where it was written; a tick among the other tasks."""
    if task.asks_for == Task.Asks.TEXT:
        return request.path
    return reverse("course-student", args=(enrolment.course_id, request.user.username)) + f"#task-{task.pk}"


def _context(enrolment: Enrolment, task: Task, given: Answer | None) -> dict[str, object]:
    now = timezone.now()
    items = student_overview.desk(enrolment, now).items
    return {
        "course": enrolment.course,
        "enrolment": enrolment,
        "task": task,
        "item": next((item for item in items if item.node.task.pk == task.pk), None),
        "answer": given if given and given.matches(task) else None,
        "now": now,
    }


def _own(request: PersonRequest, pk: int, task_pk: int) -> tuple[Enrolment, Task]:
    course = get_course(request, pk)
    found = course.enrolments.select_related("person", "group").filter(person=request.user).first()
    if found is None or not permissions.may_answer(request.user, found):
        raise PermissionDenied
    found.course = course
    return found, get_object_or_404(course.tasks, pk=task_pk)
