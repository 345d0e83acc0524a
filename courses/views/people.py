"""The search of people, for staff and teachers."""

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.person_request import PersonRequest
from courses.pages.people_search import load_people
from courses.rules.permissions import may_search_people


@require_safe
def people(request: PersonRequest) -> HttpResponse:
    """List the people whom the viewer may find, with the words and of the kind that the address names."""
    if not may_search_people(request.user):
        raise PermissionDenied
    return render(request, "courses/people.html", load_people(request.user, request.GET))
