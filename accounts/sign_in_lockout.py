"""Locks out a user name at an address after too many wrong passwords, in the sign-in form and in the token API.

django-axes counts the wrong passwords. The admin uses the same sign-in form. People type a password into the field of
the user name by mistake, so no typed name is stored: django-axes gets a keyed hash of it, and nothing else of the form.
"""

import math
from typing import Any

from axes.helpers import get_client_username
from axes.models import AccessAttempt
from axes.signals import user_locked_out
from django.conf import settings
from django.db.models.signals import pre_save
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from accounts.audit import record
from accounts.models import User
from kernel.errors import Refused
from kernel.web.client_address import client_address


def hashed_name(request: HttpRequest | None, credentials: dict[str, Any] | None = None) -> str:
    """Return the keyed hash under which the wrong passwords of a typed user name are counted.

    It has 64 characters, however long the typed name is. `credentials` are those of the try; without them the name is
    read from the form in `request`. This is AXES_USERNAME_CALLABLE.
    """
    return hash_of_name(_typed_name(request, credentials))


def hash_of_name(username: str) -> str:
    return salted_hmac("accounts.typed_name", username, algorithm="sha256").hexdigest()


def _typed_name(request: HttpRequest | None, credentials: dict[str, Any] | None) -> str:
    if credentials is None and request is not None:
        credentials = request.POST.dict()
    return str((credentials or {}).get("username") or "")


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
def record_lockout(sender: Any, request: HttpRequest, ip_address: str | None, **_kwargs: Any) -> None:
    """Write one audit event when a lockout begins. Tries during the lockout are not counted and add none.

    The event has the name of an account that exists; anything else that was typed is only in it as its hash.
    """
    if getattr(request, "axes_failures_since_start", None) is None:
        return
    typed = _typed_name(request, getattr(request, "axes_credentials", None))
    name = typed[:100] if User.objects.filter(username=typed).exists() else hash_of_name(typed)
    record(None, "accounts.lock_out", f"name:{name}", after={"address": ip_address or ""})


@receiver(pre_save, sender=AccessAttempt, dispatch_uid="accounts.typed")
def forget_typed_fields(sender: Any, instance: AccessAttempt, **_kwargs: Any) -> None:
    """Store no field of the form: django-axes hides only those that are named `password`."""
    instance.get_data = instance.post_data = ""
