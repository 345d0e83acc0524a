"""The buttons that count a completion which a rewrite removed, and that take this back."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.person_request import PersonRequest
from courses.domain import counted_completions
from courses.rules import permissions
from courses.views.lookups import get_enrolment, get_permitted_task
from kernel.errors import Refused


@require_POST
def task_count(request: PersonRequest, pk: int, task_pk: int, username: str) -> HttpResponse:
    """Count the completion. With `counted=0` stop counting it."""
    task, _limit = get_permitted_task(request, pk, task_pk, permissions.may_override)
    enrolment = get_enrolment(request, pk, username)
    is_counted = request.POST.get("counted") != "0"
    try:
        change = counted_completions.count_completion if is_counted else counted_completions.stop_counting
        change(request.user, task, enrolment)
    except Refused as refusal:
        messages.error(request, refusal.message)
    else:
        sentence = _("“%(title)s” counts as done.") if is_counted else _("“%(title)s” is no longer counted.")
        messages.success(request, sentence % {"title": task.title})
    return redirect("course-student", pk, username)
