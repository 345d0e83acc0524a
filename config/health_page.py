"""The page of health for staff: each part of the installation in a sentence, and what to do about it."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.person_request import PersonRequest
from accounts.staff_pages import staff_page
from config import health_parts


@require_safe
@staff_page
def health_page(request: PersonRequest) -> HttpResponse:
    """Show all parts: those that fail first, then those that need attention, then the others."""
    order = (health_parts.FAILS, health_parts.WARNING, health_parts.OK)
    parts = sorted(health_parts.all_parts(), key=lambda part: order.index(part.state))
    return render(request, "config/health.html", {"parts": parts, "all_is_well": parts[0].state == health_parts.OK})
