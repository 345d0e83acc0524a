"""The pages that set and remove the deadline of a group or an extension for a student. Times in the course's zone."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.person_request import PersonRequest
from courses.domain import extensions, group_deadlines
from courses.forms.base import CommandForm
from courses.forms.deadlines import ExtensionForm, GroupDeadlineForm
from courses.models import Enrolment, Task
from courses.pages.deadline_warnings import deadline_warnings
from courses.pages.listed_students import students_of
from courses.rules import permissions
from courses.views.lookups import get_changeable_task, get_permitted_task
from kernel.templatetags.atelier import local_time
from kernel.text.dates import format_date


def extension(request: PersonRequest, pk: int, task_pk: int) -> HttpResponse:
    """Grant a later deadline to `?student=`, or change the one they have."""
    task, limit = get_permitted_task(request, pk, task_pk, permissions.may_extend)
    name, students = request.GET.get("student", ""), students_of(task.course, limit)
    with timezone.override(task.course.timezone):
        rows = task.extensions.filter(enrolment__in=students)
        before = rows.filter(enrolment__person__username=name).first()
        form = ExtensionForm(students, request.POST or None, before=before, initial={"student": name})
        replaced = rows.filter(enrolment__person__username=request.POST.get("student", "")).first()
        saved = form.run(
            lambda data: extensions.grant_extension(
                request.user, task, data["student"], deadline=data["deadline"], reason=data["reason"]
            )
        )
        if saved:
            student, deadline = form.cleaned_data["student"], form.cleaned_data["deadline"]
            messages.success(request, _granted(student, deadline, replaced.deadline if replaced else None))
            add_deadline_warnings(request, task, deadline, pk=student.pk)
            return redirect("course-task", pk, task_pk)
        title = _("Grant an extension")
        return _form(request, task, form, title, _("Save the deadline") if before else title, extension=before)


def _granted(student: Enrolment, deadline: datetime, old_deadline: datetime | None) -> str:
    """Return the sentence after an extension was granted. `old_deadline` is that of the extension it replaced."""
    values = {"student": student.person.display_name, "moment": _words(deadline)}
    if old_deadline is None or old_deadline == deadline:
        return _("%(student)s has until %(moment)s now.") % values
    sentence = _("%(student)s has until %(moment)s now. This replaces the extension until %(old_moment)s.")
    return sentence % {**values, "old_moment": _words(old_deadline)}


def _words(deadline: datetime) -> str:
    local = timezone.localtime(deadline)
    return f"{format_date(local, 'long-year')} {local_time(local)}"


@require_POST
def extension_withdraw(request: PersonRequest, pk: int, task_pk: int, extension_pk: int) -> HttpResponse:
    task, limit = get_permitted_task(request, pk, task_pk, permissions.may_extend)
    rows = task.extensions.filter(enrolment__in=students_of(task.course, limit))
    row = get_object_or_404(rows.select_related("enrolment__person"), pk=extension_pk)
    row.task = task
    extensions.withdraw_extension(request.user, row)
    sentence = _("The extension of %(student)s was withdrawn.") % {"student": row.enrolment.person.display_name}
    messages.success(request, sentence)
    return redirect("course-task", pk, task_pk)


def group_deadline(request: PersonRequest, pk: int, task_pk: int) -> HttpResponse:
    """Set the deadline of this task for the group `?group=`, or change it."""
    task = get_changeable_task(request, pk, task_pk)
    name = request.GET.get("group", "")
    with timezone.override(task.course.timezone):
        before = task.group_deadlines.filter(group__group_id=name).first()
        form = GroupDeadlineForm(task.course, request.POST or None, before=before, initial={"group": name})
        saved = form.run(
            lambda data: group_deadlines.set_group_deadline(
                request.user, task, data["group"], deadline=data["deadline"]
            )
        )
        if saved:
            group = form.cleaned_data["group"]
            messages.success(request, _("Group %(group)s has its own deadline.") % {"group": group})
            add_deadline_warnings(request, task, form.cleaned_data["deadline"], group=group)
            return redirect("course-task", pk, task_pk)
        return _form(request, task, form, _("Deadline of a group"), _("Save the deadline"))


@require_POST
def group_deadline_remove(request: PersonRequest, pk: int, task_pk: int, deadline_pk: int) -> HttpResponse:
    task = get_changeable_task(request, pk, task_pk)
    row = get_object_or_404(task.group_deadlines.select_related("group"), pk=deadline_pk)
    row.task = task
    group_deadlines.remove_group_deadline(request.user, row)
    messages.success(request, _("Group %(group)s has the task’s deadline again.") % {"group": row.group})
    return redirect("course-task", pk, task_pk)


def add_deadline_warnings(request: PersonRequest, task: Task, deadline: datetime | None, **filters: Any) -> None:
    """Show a warning for each thing that is odd about a new deadline.

    `filters` choose the students of the course for whom the deadline is; without any it is for all of them.
    """
    students = task.course.enrolments.filter(role=Enrolment.Role.STUDENT, **filters).select_related("person")
    for sentence in deadline_warnings(task, deadline, students, timezone.now()):
        messages.warning(request, sentence)


def _form(
    request: PersonRequest, task: Task, form: CommandForm, title: str, button: str, **extra: object
) -> HttpResponse:
    ends_on = task.course.semester.ends_on
    context = {
        "course": task.course,
        "task": task,
        "form": form,
        "title": title,
        "button": button,
        "semester_end": format_date(ends_on, "long-year") if ends_on else "",
        "is_extension": isinstance(form, ExtensionForm),
        **extra,
    }
    return render(request, "courses/deadline_form.html", context, status=422 if form.errors else 200)
