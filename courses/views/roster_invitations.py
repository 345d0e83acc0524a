"""The page of a course with the people who have not signed in yet: the states of their invitations, and new ones."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from accounts.person_request import PersonRequest
from courses.domain import roster_invitations as invitations
from courses.models import Course
from courses.pages.invitation_list import invitation_list, names_for_codes
from courses.views.lookups import get_changeable_course
from kernel.errors import Refused
from mail.mail_list import has_server


@require_http_methods(["GET", "HEAD", "POST"])
def roster_invitations(request: PersonRequest, pk: int) -> HttpResponse:
    """Show who has not come. POST invites the person of `enrolment`, or all without a working invitation."""
    course = get_changeable_course(request, pk)
    if request.method == "POST":
        _invite(request, course, request.POST.get("enrolment", ""))
        return redirect("course-roster-invitations", course.pk)
    shown = invitation_list(request.user, course)
    context = {
        "course": course,
        "tab": "roster",
        "may_change": True,
        "shown": shown,
        "has_server": has_server(),
        "names_for_codes": names_for_codes(request.user, shown),
    }
    return render(request, "courses/roster_invitations.html", context)


def _invite(request: PersonRequest, course: Course, enrolment_pk: str) -> None:
    if not enrolment_pk.isdecimal():
        count = invitations.invite_all(request.user, course)
        sentence = ngettext("%(count)s invitation is on its way.", "%(count)s invitations are on their way.", count)
        messages.success(request, sentence % {"count": count})
        return
    enrolment = get_object_or_404(course.enrolments.select_related("person"), pk=int(enrolment_pk[:18]))
    try:
        invitations.invite_one(request.user, course, enrolment.person)
    except Refused as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(
            request, _("The invitation to %(address)s will be sent now.") % {"address": enrolment.person.email}
        )
