"""The capacity check on the home page of staff: its card and its button."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from accounts.principals import person_of
from farm.domain import capacity_check
from farm.models import CapacityCheck
from farm.pages.home_cards import capacity_alarm
from kernel.task_queue import queue


def card(request: HttpRequest) -> HttpResponse:
    """The card; the page fetches it again when a check has ended."""
    _require_staff(request)
    return HttpResponse(capacity_alarm(request, even_if_all_is_well=True))


@require_POST
def check_now(request: HttpRequest) -> HttpResponse:
    """Check the capacity of the farm.

    A small farm is checked at once, a large one in a task; the home page shows the result.
    """
    _require_staff(request)
    check = capacity_check.create_check(person_of(request))
    if capacity_check.is_small_farm():
        capacity_check.run_check(check)
        _add_result_toast(request, check)
    else:
        queue("farm.tasks.check_capacity", check.pk)
        messages.info(request, _("The farm is being checked. The result will be shown here."))
    return redirect("home")


def _require_staff(request: HttpRequest) -> None:
    if not person_of(request).is_staff:
        raise PermissionDenied


def _add_result_toast(request: HttpRequest, check: CapacityCheck) -> None:
    counts = {"machines": check.machines, "lines": check.lines, "found": check.found}
    if check.found:
        sentence = ngettext("Checked: %(found)s fault found.", "Checked: %(found)s faults found.", check.found)
        messages.error(request, sentence % counts)
    else:
        sentence = _("Checked: no fault. Machines: %(machines)s, allocations: %(lines)s.")
        messages.success(request, sentence % counts)
