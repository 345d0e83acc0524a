"""The tree of tasks of a course, for its teacher: see, add, change, delete. Times are those of the course's zone."""

import copy
from collections import Counter
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from accounts.person_request import PersonRequest
from courses.domain import course_tasks, hook_addresses
from courses.forms.course import TaskForm
from courses.git import git_module
from courses.models import Course, Task
from courses.rules import permissions
from courses.rules.tree import changed_repository_paths, outline
from courses.views.deadlines import warn
from courses.views.matrix import get_class
from kernel.errors import Malformed
from kernel.ids import clean_path


def task_list(request: PersonRequest, pk: int) -> HttpResponse:
    course = get_class(request, pk)
    context = {
        "course": course,
        "nodes": outline(list(course.tasks.without_statements())),
        "may_change": permissions.may_change(request.user, course),
        "hook": git_module.hook_address(course),
        "tab": "tasks",
    }
    return render(request, "courses/tasks.html", context)


def task_new(request: PersonRequest, pk: int) -> HttpResponse:
    course = changeable(request, pk)
    with timezone.override(course.timezone):
        form = TaskForm(course, request.POST or None)
        if task := form.carry_out(lambda data: course_tasks.add_task(request.user, course, **data)):
            messages.success(request, _("“%(title)s” was added.") % {"title": task.title})
            warn(request, task, task.deadline)
            return redirect("course-tasks", course.pk)
        return _form(request, form, {"course": course})


def task_edit(request: PersonRequest, pk: int, task_pk: int) -> HttpResponse:
    course = changeable(request, pk)
    task = get_object_or_404(course.tasks.select_related("course__semester__teacher"), pk=task_pk)
    with timezone.override(course.timezone):
        form, deadline = TaskForm(course, request.POST or None, before=task), task.deadline
        falls = _falls(task, _meant(task, form))
        agreed = not falls or request.POST.get("agreed") == " ".join(falls)
        if not agreed:
            return _form(request, form, {"course": course, "task": task, "falls": falls})
        if form.carry_out(lambda data: course_tasks.change_task(request.user, task, **data)):
            messages.success(request, _("“%(title)s” was saved.") % {"title": task.title})
            if task.deadline != deadline:
                warn(request, task, task.deadline)
            return redirect("course-tasks", course.pk)
        return _form(request, form, {"course": course, "task": task, "deletion": _falls(task, None)})


@require_POST
def task_delete(request: PersonRequest, pk: int, task_pk: int) -> HttpResponse:
    course = changeable(request, pk)
    task = get_object_or_404(course.tasks.select_related("course__semester__teacher"), pk=task_pk)
    title = task.title
    course_tasks.delete_task(request.user, task)
    messages.success(request, _("“%(title)s” was deleted.") % {"title": title})
    return redirect("course-tasks", course.pk)


def hook_new(request: PersonRequest, pk: int) -> HttpResponse:
    """Say what stops with the old hook address; on POST make another."""
    course = changeable(request, pk)
    if git_module.is_remote():
        raise Http404
    if request.method == "POST":
        hook_addresses.renew_hook_address(request.user, course)
        messages.success(request, _("The course has a new hook address. The old one has stopped."))
        return redirect("course-tasks", course.pk)
    return render(request, "courses/hook_new.html", {"course": course})


def changeable(request: PersonRequest, pk: int) -> Course:
    course = get_class(request, pk)
    if not permissions.may_change(request.user, course):
        raise PermissionDenied
    return course


def _meant(task: Task, form: TaskForm) -> Task:
    """The task as the form has it, as far as it moves exercises; as it is where the form says nothing usable."""
    meant = copy.copy(task)
    if form.is_valid():
        try:
            meant.path = clean_path(form.cleaned_data["path"], "path")
        except Malformed:
            return task
        meant.asks_for = form.cleaned_data["asks_for"]
    return meant


def _falls(task: Task, after: Task | None) -> list[str]:
    """What becomes of the exercises read in this repository, a sentence for each place where they are read then."""
    if task.asks_for != Task.Asks.REPOSITORY:
        return []
    others = list(task.course.tasks.exclude(pk=task.pk))
    counts = Counter(place for _one, place in changed_repository_paths(others, task, after))
    return [
        ngettext(
            "%(count)s exercise is read in a repository at %(place)s then.",
            "%(count)s exercises are read in a repository at %(place)s then.",
            count,
        )
        % {"count": count, "place": place}
        for place, count in sorted(counts.items())
    ]


def _form(request: PersonRequest, form: TaskForm, context: dict[str, Any]) -> HttpResponse:
    status = 422 if form.errors or "falls" in context else 200
    return render(request, "courses/task_form.html", {"form": form, "tab": "tasks", **context}, status=status)
