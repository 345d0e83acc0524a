"""The page of a step: fill in, see what it would displace, confirm. Works on one machine or on those of a list."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from farm.admin.steps import STEPS, Step, carry_out, previews
from farm.models import Machine
from kernel.errors import Refused
from kernel.web.query_string import ids_among


def step_page(model_admin: admin.ModelAdmin, request: HttpRequest, name: str) -> HttpResponse:  # type: ignore[type-arg]
    """GET the form (or, without one, the preview); POST the preview; POST `confirm` does it."""
    if not model_admin.has_change_permission(request):
        raise PermissionDenied
    step = STEPS.get(name)
    chosen = _chosen(request)
    if step is None or not chosen or (step.one_only and len(chosen) > 1):
        raise Http404
    form = _form(step, request, chosen)
    if not form.is_valid():
        return _page(model_admin, request, step, chosen, form, [])
    if "confirm" in request.POST:
        chosen = _do(request, step, chosen, form)
        if not chosen:
            return redirect(_back(request))
    return _page(model_admin, request, step, chosen, form, previews(step, request.user, chosen, form))


def _chosen(request: HttpRequest) -> list[Machine]:
    return list(Machine.objects.filter(pk__in=ids_among(request.GET.get("ids", "").split(",")[:1000])))


def _form(step: Step, request: HttpRequest, chosen: list[Machine]) -> Any:
    initial = {name: getattr(chosen[0], name) for name in ("gpu_count", "memory_gb")} if step.one_only else {}
    # A step without fields has nothing to wait for: its preview is the first page.
    data: Any = request.POST if request.method == "POST" else None if step.form.base_fields else {}
    return step.form(data, initial=initial)


def _do(request: HttpRequest, step: Step, chosen: list[Machine], form: Any) -> list[Machine]:
    """Call the verb for each and say how it went. The machines of which something must be looked at again."""
    seen = ids_among(request.POST.getlist("seen"))
    confirm = seen if "displace" in request.POST else False
    again = []
    for machine, refusal in carry_out(step, request.user, chosen, form, confirm):
        if refusal is None:
            messages.success(request, str(step.done) % {"name": machine.name})
        elif refusal.code == "would_displace":
            again.append(machine)
            messages.error(request, _not_done(machine, _unseen(refusal, seen)))
        else:
            messages.error(request, _not_done(machine, refusal.message))
    return again


def _not_done(machine: Machine, why: str) -> str:
    return _("Not done to %(name)s: %(why)s") % {"name": machine.name, "why": why}


def _unseen(refusal: Refused, seen: list[int]) -> str:
    if set(refusal.extra["reservations"]) <= set(seen):
        return _("confirm first that these bookings are displaced.")
    return _("it was booked meanwhile. Look at what would be displaced now.")


def _back(request: HttpRequest) -> str:
    ids = request.GET.get("ids", "").split(",")
    return reverse("admin:farm_machine_change", args=ids) if len(ids) == 1 else reverse("admin:farm_machine_changelist")


def _page(
    model_admin: Any, request: HttpRequest, step: Step, chosen: list[Machine], form: Any, found: list[Any]
) -> HttpResponse:
    displaced = list({row.pk: row for preview in found for row in preview.displaced}.values())
    context = {
        **model_admin.admin_site.each_context(request),
        "title": step.title,
        "opts": model_admin.opts,
        "step": step,
        "chosen": chosen,
        "ids": ",".join(str(machine.pk) for machine in chosen),
        "form": form,
        "previews": found,
        "displaced": displaced,
        "possible": any(not preview.refusal for preview in found),
        "back": _back(request),
    }
    return TemplateResponse(request, "admin/farm/step.html", context)
