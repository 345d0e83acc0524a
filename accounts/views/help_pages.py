"""The help: one page for each role, which everybody may read, also without signing in."""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.module_loading import import_string
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from accounts.help_texts import ROLES, help_text


@login_not_required
@require_safe
def own_help(request: HttpRequest) -> HttpResponse:
    """Show the help of the person's own role; without signing in, that of students."""
    if getattr(request.user, "is_staff", False):
        return _page(request, "staff")
    if getattr(request.user, "is_teacher", False):
        return _page(request, "teacher")
    is_assistant = request.user.is_authenticated and import_string(settings.ASSISTANT_CHECK)(request.user)
    return _page(request, "assistant" if is_assistant else "student")


@login_not_required
@require_safe
def help_page(request: HttpRequest, role: str) -> HttpResponse:
    """Show the help of a role."""
    if role not in ROLES:
        raise Http404
    return _page(request, role)


def _page(request: HttpRequest, role: str) -> HttpResponse:
    context = {"help": help_text(role, get_language() or ""), "roles": ROLES.items(), "role": role}
    return render(request, "accounts/help.html", context)
