"""A student's page of one task, with a form for a text or a tick. Times in the course's zone."""

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
from courses.forms.answers import AnswerForm
from courses.forms.base import CommandForm
from courses.models import Answer, Enrolment, Task
from courses.pages.student_overview import overview_of
from courses.rules import permissions
from courses.views.lookups import get_course


def own_task(request: PersonRequest, pk: int, task_pk: int) -> HttpResponse:
    """Show the task; on POST give the answer or take it back.

    A refused text stays in the form, also when the task asks for another kind of answer meanwhile. A student's link
    leads people who see the class to the page of the whole class.
    """
    try:
        enrolment, task = _get_own_task(request, pk, task_pk)
    except PermissionDenied:
        if request.method == "POST" or not permissions.may_see_class(request.user, get_course(request, pk)):
            raise
        return redirect("course-task", pk, task_pk)
    answer = _get_answer(enrolment, task)
    form = _form(request, task, answer)
    with timezone.override(enrolment.course.timezone):
        if form.run(lambda data: _change_answer(request, enrolment, task, data)):
            return redirect(_next_address(request, enrolment, task))
        context = _context(enrolment, task, answer) | {"form": form}
        return render(request, "courses/own_task.html", context, status=422 if form.errors else 200)


def own_task_fragment(request: PersonRequest, pk: int, task_pk: int) -> HttpResponse:
    """The status again, after a change. The form is not part of it: the student may be typing there."""
    enrolment, task = _get_own_task(request, pk, task_pk)
    with timezone.override(enrolment.course.timezone):
        return render(request, "courses/_own_task.html", _context(enrolment, task, _get_answer(enrolment, task)))


def _form(request: PersonRequest, task: Task, answer: Answer | None) -> CommandForm:
    data = request.POST if request.method == "POST" else None
    if task.asks_for == Task.Asks.TEXT or "text" in request.POST:
        return AnswerForm(data, initial={"text": answer.text if answer else ""})
    return CommandForm(data)


def _change_answer(request: PersonRequest, enrolment: Enrolment, task: Task, data: dict[str, Any]) -> bool:
    if "take_back" in request.POST:
        answers.take_back_answer(request.user, enrolment, task)
        messages.success(request, _("“%(title)s” was taken back.") % {"title": task.title})
    else:
        answer = answers.give_answer(request.user, enrolment, task, **data)
        sentence = _("The change to “%(title)s” is kept.") if answer.changed_at else _("“%(title)s” is given.")
        messages.success(request, sentence % {"title": task.title})
    return True


def _next_address(request: PersonRequest, enrolment: Enrolment, task: Task) -> str:
    """Return the same page after a text, the list of tasks after a tick."""
    if task.asks_for == Task.Asks.TEXT:
        return request.path
    return reverse("course-student", args=(enrolment.course_id, request.user.username)) + f"#task-{task.pk}"


def _context(enrolment: Enrolment, task: Task, answer: Answer | None) -> dict[str, object]:
    now = timezone.now()
    student_tasks = overview_of(enrolment, now).tasks
    return {
        "course": enrolment.course,
        "enrolment": enrolment,
        "task": task,
        "item": next((item for item in student_tasks if item.node.task.pk == task.pk), None),
        "answer": answer if answer and answer.matches(task) else None,
        "now": now,
    }


def _get_answer(enrolment: Enrolment, task: Task) -> Answer | None:
    return Answer.objects.filter(enrolment=enrolment, task=task).first()


def _get_own_task(request: PersonRequest, pk: int, task_pk: int) -> tuple[Enrolment, Task]:
    """Return this student's enrolment and a task of the course. Raises Http404 or PermissionDenied."""
    course = get_course(request, pk)
    enrolment = course.enrolments.select_related("person", "group").filter(person=request.user).first()
    if enrolment is None or not permissions.may_answer(request.user, enrolment):
        raise PermissionDenied
    enrolment.course = course
    return enrolment, get_object_or_404(course.tasks, pk=task_pk)
