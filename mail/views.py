"""The choices of notices, and the page that stops mails without signing in."""

import datetime
from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from kernel.errors import Unknown
from kernel.web.safe_redirect import is_safe_redirect
from mail import stopping
from mail.choice_table import choice_context
from mail.choices import choose, set_digest_hour
from mail.readers import Reader


@require_http_methods(["GET", "POST"])
def notice_choices(request: HttpRequest) -> HttpResponse:
    """Show the choices of notices; save those that a form sends.

    A script gets a short answer for the place beside the title; a form without one goes back to its page.
    """
    reader = cast(Reader, request.user)
    if request.method == "GET":
        return render(request, "mail/choices.html", choice_context(reader))
    choose(reader.pk, request.POST.dict())
    if hour := _typed_hour(request.POST.get("digest_hour", "")):
        set_digest_hour(reader.pk, hour)
    if getattr(request, "htmx", False):
        return render(request, "mail/_saved.html")
    messages.success(request, _("Notices saved."))
    target = request.POST.get("next", "")
    return redirect(target if is_safe_redirect(request, target) else "notice-choices")


@csrf_exempt  # mail programs post here (RFC 8058). The signed address is the permission.
@login_not_required
@require_http_methods(["GET", "POST"])
def stop_mails(request: HttpRequest, token: str) -> HttpResponse:
    """Ask whether to stop mails of a kind; a POST stops them. Reading the address changes nothing."""
    try:
        person_id, kind_name = stopping.read_token(token)
    except Unknown as refusal:
        return render(request, "mail/stop.html", {"refusal": refusal.message}, status=404)
    context: dict[str, Any] = {"title": stopping.title_of(kind_name), "is_digest": kind_name == stopping.DIGEST}
    if request.method == "POST":
        stopping.stop(person_id, kind_name)
        context["is_stopped"] = True
    return render(request, "mail/stop.html", context)


def _typed_hour(text: str) -> datetime.time | None:
    try:
        return datetime.time.fromisoformat(text).replace(tzinfo=None, second=0, microsecond=0)
    except ValueError:
        return None
