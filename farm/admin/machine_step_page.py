"""The admin page of a step on one machine or several.

The person fills in the form, sees which bookings the step would shorten or displace, and confirms.
"""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.principals import person_of
from farm.admin.machine_steps import (
    STEPS,
    MachineStep,
    StepPreview,
    all_new_ends,
    carry_out,
    losing_bookings,
    previews,
)
from farm.domain.sent_once import new_key
from farm.models import Machine
from kernel.errors import Refused
from kernel.forms.local_datetime import clock_change_notes
from kernel.web.query_string import ids_among


def step_page(model_admin: admin.ModelAdmin, request: HttpRequest, name: str) -> HttpResponse:  # type: ignore[type-arg]
    """GET shows the form, or the preview of a step without fields.

    POST shows the preview; POST with `confirm` acts.
    """
    if not model_admin.has_change_permission(request):
        raise PermissionDenied
    step = STEPS.get(name)
    chosen = _chosen_machines(request)
    if step is None or not chosen or (step.single and len(chosen) > 1):
        raise Http404
    form = _form(step, request, chosen)
    if not form.is_valid():
        return _page(model_admin, request, step, chosen, form, [])
    for note in clock_change_notes(form) if "confirm" not in request.POST else []:
        messages.warning(request, note)
    if "confirm" in request.POST:
        chosen = _carry_out(request, step, chosen, form)
        if not chosen:
            return redirect(_back_address(request))
    return _page(model_admin, request, step, chosen, form, previews(step, person_of(request), chosen, form))


def _chosen_machines(request: HttpRequest) -> list[Machine]:
    return list(Machine.objects.filter(pk__in=ids_among(request.GET.get("ids", "").split(",")[:1000])))


def _form(step: MachineStep, request: HttpRequest, chosen: list[Machine]) -> Any:
    initial = {name: getattr(chosen[0], name) for name in ("gpu_count", "memory_gb")} if step.single else {}
    # A step without fields is bound at once: its preview is the first page.
    data: Any = request.POST if request.method == "POST" else None if step.form.base_fields else {}
    return step.form(data, initial=initial)


def _carry_out(request: HttpRequest, step: MachineStep, chosen: list[Machine], form: Any) -> list[Machine]:
    """Take the step on each machine and report the results.

    Returns the machines on which bookings would lose time that the person has not confirmed.
    """
    seen = ids_among(request.POST.getlist("seen"))
    confirm = seen if "displace" in request.POST else False
    to_confirm = []
    for machine, refusal in carry_out(step, person_of(request), chosen, form, confirm, request.POST.get("key", "")):
        if refusal is None:
            messages.success(request, str(step.done) % {"name": machine.shown_name})
        elif refusal.code == "would_displace":
            to_confirm.append(machine)
            messages.error(request, _not_done(machine, _why_not_confirmed(refusal, seen)))
        else:
            messages.error(request, _not_done(machine, refusal.message))
    return to_confirm


def _not_done(machine: Machine, why: str) -> str:
    return _("Not done on %(name)s: %(why)s") % {"name": machine.shown_name, "why": why}


def _why_not_confirmed(refusal: Refused, seen: list[int]) -> str:
    if set(refusal.extra["reservations"]) <= set(seen):
        return _("first confirm the time that these bookings lose.")
    return _("it was booked in the meantime. Check which bookings would lose time now.")


def _back_address(request: HttpRequest) -> str:
    ids = request.GET.get("ids", "").split(",")
    return reverse("admin:farm_machine_change", args=ids) if len(ids) == 1 else reverse("admin:farm_machine_changelist")


def _page(
    model_admin: Any,
    request: HttpRequest,
    step: MachineStep,
    chosen: list[Machine],
    form: Any,
    step_previews: list[StepPreview],
) -> HttpResponse:
    context = {
        **model_admin.admin_site.each_context(request),
        "title": step.title,
        "opts": model_admin.opts,
        "step": step,
        "chosen": chosen,
        "ids": ",".join(str(machine.pk) for machine in chosen),
        "form": form,
        "previews": step_previews,
        "losing": losing_bookings(all_new_ends(step_previews)),
        "possible": any(not preview.refusal for preview in step_previews),
        "back": _back_address(request),
        "key": request.POST.get("key") or new_key(),
    }
    return TemplateResponse(request, "admin/farm/step.html", context)
