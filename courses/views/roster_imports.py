"""The pages that add people from a file: choose the file, check its columns and lines, apply it, see the result."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from accounts.person_request import PersonRequest
from courses.domain import roster_imports
from courses.domain.roster_plan import plan_import
from courses.forms.roster_imports import RosterColumnsForm, RosterFileForm
from courses.models import RosterImport
from courses.pages.roster_preview import show_lines
from courses.rules.planned_lines import mark_of
from courses.views.lookups import get_changeable_course
from kernel.errors import Refused
from kernel.web.body_limit import body_limit
from kernel.web.query_string import encode_query, requested_page

UPLOAD_LIMIT = 4_000_000  # bytes; a file over its own limit is refused beside its field
SECONDS_HERE = 8.0  # for which a request applies lines itself when no worker does


@body_limit(UPLOAD_LIMIT)
def roster_import_new(request: PersonRequest, pk: int) -> HttpResponse:
    """Ask for a file or a pasted list; on POST keep its lines and lead to the preview."""
    course = get_changeable_course(request, pk)
    form = RosterFileForm(request.POST or None, request.FILES or None)
    roster_import = form.run(
        lambda _data: roster_imports.create_import(
            request.user, course, form.table_lines, file_name=form.file_name, how=form.how
        )
    )
    if roster_import:
        return redirect("course-roster-import", pk, roster_import.pk)
    imports = course.roster_imports.exclude(state=RosterImport.State.OPEN).defer("lines", "results", "usernames")
    context = {
        "course": course,
        "form": form,
        "tab": "roster",
        "may_change": True,
        "imports": imports.order_by("-pk")[:10],
    }
    return render(request, "courses/roster_import_new.html", context, status=422 if form.errors else 200)


def roster_import(request: PersonRequest, pk: int, import_pk: int) -> HttpResponseBase:
    """Show the columns and the preview of a file, later how far it is and the result. POST: `do` names the step."""
    row = _get_import(request, pk, import_pk)
    steps = {"columns": _choose_columns, "apply": _start, "discard": _discard, "continue": _continue}
    if request.method == "POST" and request.POST.get("do") in steps:
        return steps[request.POST["do"]](request, row)
    return _page(request, row)


def roster_import_fragment(request: PersonRequest, pk: int, import_pk: int) -> HttpResponse:
    """Return how far an import is, or its result, again after a change."""
    row = _get_import(request, pk, import_pk)
    if row.state == RosterImport.State.OPEN:
        return redirect("course-roster-import", pk, import_pk)
    return render(request, "courses/_roster_import_progress.html", _context(request, row))


def _get_import(request: PersonRequest, pk: int, import_pk: int) -> RosterImport:
    course = get_changeable_course(request, pk)
    row: RosterImport = get_object_or_404(course.roster_imports, pk=import_pk)
    row.course = course
    return row


def _page(request: PersonRequest, row: RosterImport, form: RosterColumnsForm | None = None) -> HttpResponse:
    if row.state != RosterImport.State.OPEN:
        return render(request, "courses/roster_import_result.html", _context(request, row))
    form = form or RosterColumnsForm(row)
    context = _context(request, row) | {"form": form}
    return render(request, "courses/roster_import.html", context, status=422 if form.errors else 200)


def _context(request: PersonRequest, row: RosterImport) -> dict[str, Any]:
    context: dict[str, Any] = {"course": row.course, "roster_import": row, "tab": "roster", "may_change": True}
    show, page = request.GET.get("show", ""), requested_page(request)
    if row.state == RosterImport.State.OPEN:
        if not roster_imports.has_people(row.columns):
            return context | {"no_people": True}
        plan = plan_import(row)
        context |= {"mark": mark_of(plan)}
        results = [line.as_result() for line in plan]
    else:
        total = len(row.people_lines) or row.position
        context |= {"total_lines": total, "percent": 100 * row.position // max(total, 1)}
        context |= {"stalled": row.state == RosterImport.State.APPLYING and roster_imports.is_stalled(row)}
        results = row.results
    shown = show_lines(results, show=show, page=page)
    return context | {"shown": shown, "page_link": f"?{encode_query(show=shown.show)}&page=".replace("?&", "?")}


def _choose_columns(request: PersonRequest, row: RosterImport) -> HttpResponse:
    form = RosterColumnsForm(row, request.POST)
    form.run(lambda data: roster_imports.choose_columns(row, form.columns(), data["head_lines"]))
    return _page(request, row, form) if form.errors else redirect("course-roster-import", row.course_id, row.pk)


def _start(request: PersonRequest, row: RosterImport) -> HttpResponse:
    try:
        roster_imports.start(row, mark=request.POST.get("mark", ""), invite="invite" in request.POST)
    except Refused as refusal:
        messages.error(request, refusal.message)
    return redirect("course-roster-import", row.course_id, row.pk)


def _discard(request: PersonRequest, row: RosterImport) -> HttpResponse:
    try:
        roster_imports.discard(row)
    except Refused as refusal:
        messages.error(request, refusal.message)
        return redirect("course-roster-import", row.course_id, row.pk)
    messages.success(request, _("The file was discarded. Nobody was added."))
    return redirect("course-roster", row.course_id)


def _continue(request: PersonRequest, row: RosterImport) -> HttpResponse:
    """Apply lines in this request, because no worker does."""
    roster_imports.apply_for(row.pk, SECONDS_HERE)
    return redirect("course-roster-import", row.course_id, row.pk)
