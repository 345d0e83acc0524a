"""The list of a course's tasks, and the pages that add, change and delete one. Times in the course's zone."""

import copy
from collections import Counter
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from accounts.person_request import PersonRequest
from courses.domain import course_tasks, hook_addresses
from courses.forms.tasks import TaskForm
from courses.git import git_module, starters
from courses.models import Task
from courses.rules import permissions
from courses.rules.tree import changed_repository_paths, outline
from courses.views.deadlines import add_deadline_warnings
from courses.views.lookups import get_changeable_course, get_course_with_class
from kernel.errors import Malformed
from kernel.exports.menu import export_links
from kernel.ids import clean_path


def task_list(request: PersonRequest, pk: int) -> HttpResponse:
    course = get_course_with_class(request, pk)
    context = {
        "course": course,
        "nodes": outline(list(course.tasks.without_statements())),
        "may_change": permissions.may_change(request.user, course),
        "exports": [export_links(_("Tasks"), "course-tasks-file", course.pk)],
        "tab": "tasks",
    }
    return render(request, "courses/tasks.html", context)


def task_new(request: PersonRequest, pk: int) -> HttpResponse:
    course = get_changeable_course(request, pk)
    with timezone.override(course.timezone):
        form = TaskForm(course, request.POST or None)
        if task := form.run(lambda data: course_tasks.add_task(request.user, course, **data)):
            messages.success(request, _("“%(title)s” was added.") % {"title": task.title})
            add_deadline_warnings(request, task, task.deadline)
            return redirect("course-tasks", course.pk)
        return _form(request, form, {"course": course})


def task_edit(request: PersonRequest, pk: int, task_pk: int) -> HttpResponse:
    """Change a task. A change that makes exercises read another repository is saved only with `agreed`."""
    course = get_changeable_course(request, pk)
    task = get_object_or_404(course.tasks.select_related("course__semester__teacher"), pk=task_pk)
    with timezone.override(course.timezone):
        form, deadline = TaskForm(course, request.POST or None, before=task), task.deadline
        moves = _describe_moves(task, _task_after(task, form))
        agreed = not moves or request.POST.get("agreed") == " ".join(moves)
        if not agreed:
            return _form(request, form, {"course": course, "task": task, "moves": moves})
        if form.run(lambda data: course_tasks.change_task(request.user, task, **data)):
            messages.success(request, _("“%(title)s” was saved.") % {"title": task.title})
            if task.deadline != deadline:
                add_deadline_warnings(request, task, task.deadline)
            return redirect("course-tasks", course.pk)
        return _form(request, form, {"course": course, "task": task, "moves_on_delete": _describe_moves(task, None)})


@require_POST
def task_delete(request: PersonRequest, pk: int, task_pk: int) -> HttpResponse:
    course = get_changeable_course(request, pk)
    task = get_object_or_404(course.tasks.select_related("course__semester__teacher"), pk=task_pk)
    title = task.title
    course_tasks.delete_task(request.user, task)
    messages.success(request, _("“%(title)s” was deleted.") % {"title": title})
    return redirect("course-tasks", course.pk)


def hook_new(request: PersonRequest, pk: int) -> HttpResponse:
    """Explain that the old hook address stops working; on POST make a new one."""
    course = get_changeable_course(request, pk)
    if git_module.is_remote():
        raise Http404
    if request.method == "POST":
        hook_addresses.renew_hook_address(request.user, course)
        messages.success(request, _("The course has a new hook address. The old one has stopped."))
        return redirect("course-repositories", course.pk)
    return render(request, "courses/hook_new.html", {"course": course})


def _task_after(task: Task, form: TaskForm) -> Task:
    """Return the task with the path and the kind of the form; unchanged when the form is not valid."""
    after = copy.copy(task)
    if form.is_valid():
        try:
            after.path = clean_path(form.cleaned_data["path"], "path")
        except Malformed:
            return task
        after.asks_for = form.cleaned_data["asks_for"]
    return after


def _describe_moves(task: Task, after: Task | None) -> list[str]:
    """Return a sentence for each repository path at which other exercises are read once `task` becomes `after`.

    None means that the task is deleted. Only exercises whose repository path changes count.
    """
    if task.asks_for != Task.Asks.REPOSITORY:
        return []
    others = list(task.course.tasks.exclude(pk=task.pk))
    counts = Counter(path for _task, path in changed_repository_paths(others, task, after))
    return [
        ngettext(
            "%(count)s exercise is read in a repository at %(place)s then.",
            "%(count)s exercises are read in a repository at %(place)s then.",
            count,
        )
        % {"count": count, "place": path}
        for path, count in sorted(counts.items())
    ]


def _form(request: PersonRequest, form: TaskForm, context: dict[str, Any]) -> HttpResponse:
    if form.before is not None and form.before.is_exercise:
        context["starter"] = starters.starter_states(form.course).get(form.before.path)
        context["unfound"] = starters.is_unfound(form.course, form.before.path)
    status = 422 if form.errors or "moves" in context else 200
    return render(request, "courses/task_form.html", {"form": form, "tab": "tasks", **context}, status=status)
