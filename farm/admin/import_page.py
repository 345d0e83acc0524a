"""The import of machines, with a preview.

The file is not kept: the preview's form carries its rows, signed.
"""

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.core import signing
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from accounts.principals import person_of
from farm.admin.forms import SheetForm
from farm.admin.machine_steps import losing_bookings
from farm.domain.displacement import Confirmed, dry_run
from farm.domain.machines import EDITABLE
from farm.models import Machine
from farm.sheets.columns import MachineRow, read_machines
from farm.sheets.head import CellProblem, column_title
from farm.sheets.importing import FieldChange, ImportRefused, ImportResult, import_machines
from farm.sheets.reading import read_sheet
from kernel.errors import Malformed, Refused
from kernel.tables.reading import MAX_BYTES
from kernel.web.query_string import ids_among

AGE = 3600  # seconds in which a preview can be confirmed


def import_page(model_admin: Any, request: HttpRequest) -> HttpResponse:
    """GET shows the form.

    POST with `file` shows a preview and writes nothing; POST with `rows` imports.
    """
    if not (model_admin.has_add_permission(request) and model_admin.has_change_permission(request)):
        raise PermissionDenied
    if request.method == "POST" and "rows" in request.POST:
        return _import(model_admin, request)
    form = SheetForm(request.POST or None, request.FILES or None)
    if not form.is_valid():
        return _page(model_admin, request, form=form)
    upload = form.cleaned_data["file"]
    try:
        sheet = read_sheet(upload.read(MAX_BYTES + 1))
    except Malformed as refusal:
        form.add_error("file", refusal.message)
        return _page(model_admin, request, form=form)
    rows, problems, not_imported = read_machines(sheet)
    how = f"{upload.name} · {sheet.how}"
    return _preview(model_admin, request, rows, problems, how, not_imported=not_imported)


def _preview(
    model_admin: Any,
    request: HttpRequest,
    rows: list[MachineRow],
    problems: list[CellProblem],
    how: str,
    notice: str = "",
    not_imported: Sequence[str] = (),
) -> HttpResponse:
    plan = None
    try:
        plan = dry_run(lambda: import_machines(actor=person_of(request), rows=rows, confirm=True))
    except ImportRefused as refusal:
        problems = sorted([*problems, *refusal.problems])
    except Refused as refusal:
        notice = refusal.message
    if problems:
        plan = None
    signed = signing.dumps([how, rows], salt=_salt(request), compress=True) if plan else ""
    return _page(
        model_admin,
        request,
        form=SheetForm(),
        plan=plan,
        problems=problems,
        rows=signed,
        how=how,
        notice=notice,
        not_imported=not_imported,
    )


def _import(model_admin: Any, request: HttpRequest) -> HttpResponse:
    try:
        how, signed_rows = signing.loads(request.POST["rows"], salt=_salt(request), max_age=AGE)
    except signing.BadSignature:
        messages.error(request, _("This preview is too old. Nothing was changed: choose the file again."))
        return redirect(request.path)
    rows = [MachineRow(*row) for row in signed_rows]
    try:
        result = import_machines(
            actor=person_of(request), rows=rows, confirm=_confirm(request), seen=request.POST.get("mark", "")
        )
    except Refused as refusal:
        return _preview(model_admin, request, rows, [], how, f"{_('Nothing was changed.')} {refusal.message}")
    _add_toast(request, result)
    return redirect("admin:farm_machine_changelist")


def _confirm(request: HttpRequest) -> Confirmed:
    """Return the ids of the bookings whose loss of time the person saw in the preview and confirmed.

    Return False without confirmation.
    """
    return ids_among(request.POST.getlist("seen")) if "displace" in request.POST else False


def _salt(request: HttpRequest) -> str:
    return f"farm.import.{request.user.pk}"


def _add_toast(request: HttpRequest, result: ImportResult) -> None:
    sentence = _("Imported. New: %(new)s. Changed: %(changed)s. Unchanged: %(same)s.")
    messages.success(request, sentence % _counts(result))


def _counts(plan: ImportResult) -> dict[str, int]:
    """Return how many machines are new, changed and unchanged."""
    new = sum(change.is_new for change in plan.changes)
    changed = sum(bool(change.fields) and not change.is_new for change in plan.changes)
    return {"new": new, "changed": changed, "same": len(plan.changes) - new - changed}


def _page(model_admin: Any, request: HttpRequest, plan: ImportResult | None = None, **extra: Any) -> HttpResponse:
    context = {
        **model_admin.admin_site.each_context(request),
        "title": _("Import machines"),
        "opts": model_admin.opts,
        "columns": [(column, column_title(column)) for column in EDITABLE],
        "plan": plan,
        **extra,
    }
    if plan:
        changes = [(change, [_field_in_words(field) for field in change.fields]) for change in plan.changes]
        context |= {
            "counts": _counts(plan),
            "changes": [(change, fields) for change, fields in changes if fields or change.is_new],
            "losing": losing_bookings({row.pk: end for row, end in plan.losing}),
        }
    return TemplateResponse(request, "admin/farm/import.html", context)


def _field_in_words(field: FieldChange) -> tuple[str, str, str]:
    """Return the field's title, its value before and its value after."""
    return column_title(field.column), _in_words(field.column, field.before), _in_words(field.column, field.after)


def _in_words(column: str, value: Any) -> str:
    if value in (None, "", []):
        return "–"
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return str(Machine.State(value).label) if column == "state" else str(value)
