"""What a page says after a step, and where the person goes: back to where they were, if that is a page of ours."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme

from farm.models import Reservation


def offer(request: HttpRequest, words: str, after: Reservation) -> None:
    """A toast that tells of the step that made `after`."""
    messages.success(request, words)


def came_from(request: HttpRequest) -> str:
    """`next` of the form or of the address; "" where there is none, or it leads elsewhere."""
    target = request.POST.get("next") or request.GET.get("next") or ""
    safe = url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure())
    return target if safe else ""


def back(request: HttpRequest, otherwise: str = "farm-mine") -> HttpResponse:
    return redirect(came_from(request) or otherwise)
