"""Locks out a user name at an address after too many wrong passwords, in the sign-in form and in the token API.

django-axes counts the wrong passwords. The admin uses the same sign-in form.
"""

import math
from typing import Any

from axes.helpers import get_client_username
from axes.models import AccessAttempt
from axes.signals import user_locked_out
from django.conf import settings
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.audit import record
from kernel.errors import Refused
from kernel.web.client_address import client_address


def lockout_response(request: HttpRequest, *_args: Any) -> HttpResponse:
    """Answer 429 with Retry-After: a page for people, the error object for programs.

    django-axes passes response and credentials in an order that differs under ASGI. This function reads only the
    request.
    """
    seconds = _seconds_left(request)
    if request.path.startswith("/api/"):
        refusal = Refused("locked_out", _("Too many wrong passwords. Try again later."), retry_after=seconds)
        response: HttpResponse = JsonResponse(refusal.as_json(), status=429)
    else:
        response = render(request, "errors/429.html", {"minutes": math.ceil(seconds / 60)}, status=429)
    response["Retry-After"] = str(seconds)
    return response


def _seconds_left(request: HttpRequest) -> int:
    username = get_client_username(request, getattr(request, "axes_credentials", None))
    last = (
        AccessAttempt.objects.filter(username=username, ip_address=client_address(request))
        .order_by("-attempt_time")
        .values_list("attempt_time", flat=True)
        .first()
    )
    end = (last or timezone.now()) + settings.AXES_COOLOFF_TIME
    return max(1, math.ceil((end - timezone.now()).total_seconds()))


@receiver(user_locked_out, dispatch_uid="accounts.lockout")
def record_lockout(sender: Any, request: HttpRequest, username: str | None, ip_address: str, **_kwargs: Any) -> None:
    """Write one audit event when a lockout begins. Tries during the lockout are not counted and add none."""
    if getattr(request, "axes_failures_since_start", None) is not None:
        record(None, "accounts.lock_out", f"name:{(username or '')[:100]}", after={"address": ip_address})
