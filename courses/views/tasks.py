"""The tree of tasks of a course, for its teacher: see, add, change, delete. Times are those of the course's zone."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from courses import access, calendar
from courses.forms import TaskForm
from courses.models import Course, Task
from courses.tree import outline
from courses.views.requests import PersonRequest
from courses.views.teacher import get_class


def task_list(request: PersonRequest, pk: int) -> HttpResponse:
    course = get_class(request, pk)
    context = {
        "course": course,
        "nodes": outline(list(course.tasks.all())),
        "may_change": access.may_change(request.user, course),
        "tab": "tasks",
    }
    return render(request, "courses/tasks.html", context)


def task_new(request: PersonRequest, pk: int) -> HttpResponse:
    course = changeable(request, pk)
    with timezone.override(course.timezone):
        form = TaskForm(request.POST or None)
        if task := form.carry_out(lambda data: calendar.add_task(request.user, course, **data)):
            messages.success(request, _("“%(title)s” was added.") % {"title": task.title})
            return redirect("course-tasks", course.pk)
        return _form(request, course, form, None)


def task_edit(request: PersonRequest, pk: int, task_pk: int) -> HttpResponse:
    course = changeable(request, pk)
    task = get_object_or_404(course.tasks.select_related("course__semester__teacher"), pk=task_pk)
    with timezone.override(course.timezone):
        form = TaskForm.of(task, request.POST or None)
        if form.carry_out(lambda data: calendar.change_task(request.user, task, **data)):
            messages.success(request, _("“%(title)s” was saved.") % {"title": task.title})
            return redirect("course-tasks", course.pk)
        return _form(request, course, form, task)


@require_POST
def task_delete(request: PersonRequest, pk: int, task_pk: int) -> HttpResponse:
    course = changeable(request, pk)
    task = get_object_or_404(course.tasks.select_related("course__semester__teacher"), pk=task_pk)
    title = task.title
    calendar.delete_task(request.user, task)
    messages.success(request, _("“%(title)s” was deleted.") % {"title": title})
    return redirect("course-tasks", course.pk)


def changeable(request: PersonRequest, pk: int) -> Course:
    course = get_class(request, pk)
    if not access.may_change(request.user, course):
        raise PermissionDenied
    return course


def _form(request: PersonRequest, course: Course, form: TaskForm, task: Task | None) -> HttpResponse:
    context = {"course": course, "form": form, "task": task, "tab": "tasks"}
    return render(request, "courses/task_form.html", context, status=422 if form.errors else 200)
