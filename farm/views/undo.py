"""The Undo button of a toast."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.principals import person_of
from farm.domain import undo
from farm.domain.no_capacity import NoCapacity
from farm.domain.reservation_rows import get_reservation
from farm.models import Reservation
from farm.models.states import OPEN
from farm.rules import wording
from farm.views import responses
from kernel.errors import Refused


@require_POST
def take_back(request: HttpRequest) -> HttpResponse:
    """Undo the step that `ticket` names.

    Where its place is taken by now, show the refusal with its alternatives.
    """
    try:
        step = undo.read_ticket(person_of(request), request.POST.get("ticket", ""))
        return _undo(request, step)
    except Refused as refusal:
        messages.error(request, refusal.message)
        return responses.redirect_back(request, status=refusal.status)


def _undo(request: HttpRequest, step: undo.UndoableStep) -> HttpResponse:
    try:
        after = undo.undo_step(actor=person_of(request), step=step)
    except NoCapacity as refusal:
        return responses.render_refusal(request, refusal, get_reservation(step.reservation_id))
    messages.success(request, _toast(after))
    return responses.redirect_back(request)


def _toast(after: Reservation) -> str:
    if after.state not in OPEN:
        return _("Undone: the booking is cancelled.")
    return _("Undone: %(when)s.") % {"when": wording.span(after.start, after.end)}
