"""The page where a teacher confirms repositories, one by one or all that it shows."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.person_request import PersonRequest
from courses.domain import shared_repositories, student_repositories
from courses.models import Course
from courses.pages.unconfirmed_repositories import unconfirmed_repositories
from courses.views.lookups import get_changeable_course
from kernel.errors import Refused


def repositories_confirm(request: PersonRequest, pk: int) -> HttpResponse:
    """Show the repositories to confirm. On POST confirm those that `registration` names.

    `together` names one that several students gave, `sharer` each of the others: they become a team that has it.
    """
    course = get_changeable_course(request, pk)
    if request.method == "POST" and (key := request.POST.get("together", "")).isdecimal() and len(key) < 19:
        return _confirm_team(request, course, int(key))
    if request.method == "POST":
        keys = [int(key) for key in request.POST.getlist("registration") if key.isdecimal() and len(key) < 19]
        number = student_repositories.confirm_repositories(request.user, course, keys)
        if number:
            sentence = ngettext(
                "%(count)s repository is confirmed. Its work appears within seconds.",
                "%(count)s repositories are confirmed. Their work appears within seconds.",
                number,
            )
            messages.success(request, sentence % {"count": number})
        else:
            messages.warning(request, _("Nothing was confirmed: the student gave another repository meanwhile."))
        return redirect("course-repositories-confirm", course.pk)
    shown = unconfirmed_repositories(course)
    context = {"course": course, "repositories": shown, "tab": "repositories", "may_change": True}
    return render(request, "courses/repositories_confirm.html", context)


def _confirm_team(request: PersonRequest, course: Course, key: int) -> HttpResponse:
    try:
        team = shared_repositories.confirm_team(request.user, course, key, request.POST.getlist("sharer"))
    except Refused as refusal:
        messages.warning(request, refusal.message)
    else:
        sentence = _("“%(title)s” is a team now, and its repository is confirmed. Its work appears within seconds.")
        messages.success(request, sentence % {"title": team})
    return redirect("course-repositories-confirm", course.pk)
