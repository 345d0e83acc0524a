"""The page that names the school, and the buttons that leave a first step for later or take it up again."""

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.person_request import PersonRequest
from accounts.staff_pages import staff_page
from config.first_steps.card import STEP_NAMES
from config.first_steps.school_form import SchoolForm, name_school, school_name
from config.models import LeftStep


@require_http_methods(["GET", "POST"])
@staff_page
def school(request: PersonRequest) -> HttpResponse:
    """Show the name and the time zone of the school; on POST save the name."""
    form = SchoolForm(request.POST or None, initial={"name": school_name()})
    if request.method == "POST" and form.is_valid():
        name_school(request.user, form.cleaned_data["name"])
        messages.success(request, _("The school is called %(name)s.") % {"name": form.cleaned_data["name"]})
        return redirect("home")
    context = {"form": form, "zone": settings.TIME_ZONE}
    return render(request, "config/school.html", context, status=422 if form.errors else 200)


@require_POST
def leave_step(request: PersonRequest, name: str) -> HttpResponse:
    """Leave a step for later. Twice is the same as once."""
    _check_name(name)
    LeftStep.objects.bulk_create([LeftStep(person=request.user, step=name)], ignore_conflicts=True)
    return redirect("home")


@require_POST
def take_up_step(request: PersonRequest, name: str) -> HttpResponse:
    """Take up a step that was left for later."""
    _check_name(name)
    LeftStep.objects.filter(person=request.user, step=name).delete()
    return redirect("home")


def _check_name(name: str) -> None:
    if name not in STEP_NAMES:
        raise Http404
