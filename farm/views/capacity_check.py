"""The capacity check from the home page of staff: its card, and the button that asks for another."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from accounts.principals import person_of
from farm import tasks
from farm.domain import capacity_check
from farm.models import CapacityCheck
from farm.pages.home_cards import capacity_alarm


def card(request: HttpRequest) -> HttpResponse:
    """The fragment that the page fetches again when a check has ended."""
    _check_staff(request)
    return HttpResponse(capacity_alarm(request, asked=True))


@require_POST
def check_now(request: HttpRequest) -> HttpResponse:
    """A small farm is checked at once; of a large one the result comes to the page."""
    _check_staff(request)
    check = capacity_check.create_check(person_of(request))
    if capacity_check.is_small_farm():
        capacity_check.run_check(check)
        _tell(request, check)
    else:
        tasks.check_capacity.delay(check.pk)
        messages.info(request, _("The farm is being checked. What is found will be shown here."))
    return redirect("home")


def _check_staff(request: HttpRequest) -> None:
    if not person_of(request).is_staff:
        raise PermissionDenied


def _tell(request: HttpRequest, check: CapacityCheck) -> None:
    counts = {"machines": check.machines, "lines": check.lines, "found": check.found}
    if check.found:
        said = ngettext("Checked: %(found)s fault found.", "Checked: %(found)s faults found.", check.found)
        messages.error(request, said % counts)
    else:
        said = _("Checked: no fault. Machines: %(machines)s, lines: %(lines)s.")
        messages.success(request, said % counts)
