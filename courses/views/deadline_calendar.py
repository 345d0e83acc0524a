"""A file with the deadline of a task, to add to a calendar."""

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404

from accounts.person_request import PersonRequest
from calendars.downloads import send_events
from courses.models import Enrolment
from courses.pages.calendar_events import deadline_of_student, deadlines_of_class
from courses.rules import permissions
from courses.views.lookups import get_course


def deadline_calendar(request: PersonRequest, pk: int, task_pk: int) -> HttpResponse:
    """Send the student's own deadline, or those of the class to people who see it. 404 when there is none."""
    course = get_course(request, pk)
    task = get_object_or_404(course.tasks, pk=task_pk)
    task.course = course
    limit = permissions.visible_groups(request.user, course)
    if limit != permissions.NOBODY:
        events = deadlines_of_class(task, limit)
    else:
        enrolment = get_object_or_404(course.enrolments, person=request.user, role=Enrolment.Role.STUDENT)
        event = deadline_of_student(enrolment, task)
        events = [event] if event else []
    if not events:
        raise Http404
    return send_events(events, task.title)
