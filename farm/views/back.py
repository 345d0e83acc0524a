"""Where a person goes after an action: where they came from, if that is a page of ours."""

from django.http import HttpRequest, HttpResponseRedirect
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme


def came_from(request: HttpRequest) -> str:
    """`next` of the form or of the address; "" where there is none, or it leads elsewhere."""
    target = request.POST.get("next") or request.GET.get("next") or ""
    safe = url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure())
    return target if safe else ""


def back(request: HttpRequest) -> HttpResponseRedirect:
    return redirect(came_from(request) or "farm-mine")
