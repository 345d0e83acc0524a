"""The pages with which staff administer one account: invite, print a code, close and reopen."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.domain import closing, invitations, one_time_codes
from accounts.forms.people import ClosingForm
from accounts.holdings import holdings_of, mark_of
from accounts.models import User
from accounts.permissions import may_see_secret_link
from accounts.person_request import PersonRequest
from kernel.errors import Refused
from mail.mail_list import has_server


@require_safe
def person_account(request: PersonRequest, pk: int) -> HttpResponse:
    """Show the state of an account, and what may be done with it."""
    owner = _get_owner(request, pk)
    context = {
        "owner": owner,
        "invitation": invitations.progress_of([owner])[owner.pk],
        "has_server": has_server(),
        "may_invite": _may_invite(request.user, owner),
        "may_have_code": one_time_codes.may_have_code(request.user, owner),
        "may_close": closing.may_close(request.user, owner),
    }
    return render(request, "accounts/person.html", context)


@require_POST
def person_invite(request: PersonRequest, pk: int) -> HttpResponse:
    """Send an invitation, or a new one in place of an older one."""
    owner = _get_owner(request, pk)
    try:
        invitations.invite(request.user, owner)
    except Refused as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, _("The invitation to %(address)s will be sent now.") % {"address": owner.email})
    return redirect("person-account", pk)


@require_http_methods(["GET", "HEAD", "POST"])
def person_close(request: PersonRequest, pk: int) -> HttpResponse:
    """Name what the person holds; on POST settle it as chosen and close the account."""
    owner = _get_owner(request, pk)
    if not closing.may_close(request.user, owner):
        raise PermissionDenied
    if not owner.is_active:
        return redirect("person-account", pk)
    holdings = holdings_of(owner)
    form = ClosingForm(owner, holdings, request.POST or None, initial={"mark": mark_of(holdings)})
    if form.is_valid() and _close(request, owner, form):
        return redirect("person-account", pk)
    context = {"owner": owner, "form": form, "mark": mark_of(holdings)}
    return render(request, "accounts/person_close.html", context, status=422 if form.errors else 200)


def _close(request: PersonRequest, owner: User, form: ClosingForm) -> bool:
    """Close the account; return whether that was done. Otherwise the form says why not."""
    data = form.cleaned_data
    try:
        closing.close(
            request.user, owner, mark=data["mark"], ways=form.ways, heirs=form.heirs, reason=data["reason"].strip()
        )
    except Refused as refusal:
        form.add_error(None, refusal.message)
        return False
    messages.success(request, _("The account of %(name)s is closed.") % {"name": owner.display_name})
    return True


@require_POST
def person_reopen(request: PersonRequest, pk: int) -> HttpResponse:
    owner = _get_owner(request, pk)
    try:
        closing.reopen(request.user, owner)
    except Refused as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, _("The account of %(name)s is open again.") % {"name": owner.display_name})
    return redirect("person-account", pk)


def _get_owner(request: PersonRequest, pk: int) -> User:
    """Return the owner of an account that the caller may administer. Raises PermissionDenied and Http404."""
    if not request.user.is_staff:
        raise PermissionDenied
    owner = get_object_or_404(User, pk=pk)
    if not may_see_secret_link(request.user, owner):
        raise PermissionDenied
    return owner


def _may_invite(caller: User, owner: User) -> bool:
    try:
        invitations.check_may_be_invited(caller, owner)
    except Refused:
        return False
    return True
