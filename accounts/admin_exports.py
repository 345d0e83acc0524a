"""The actions of lists in the administration that export the chosen rows as CSV or XLSX.

A list names them in its `actions`. The file has the columns of the list; "select all" chooses all that its filters
leave. The method `prepare_rows` of a list, if it has one, gets each batch of rows before they are written.
"""

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.contrib import admin
from django.contrib.admin.utils import label_for_field, lookup_field
from django.db.models import DateTimeField, Model, QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.exports import send_table
from kernel.exports.table import Cell, Table, moment_column

AT_ONCE = 500  # rows in memory


@admin.action(description=gettext_lazy("Export as CSV"), permissions=["view"])
def export_csv(model_admin: Any, request: HttpRequest, chosen: QuerySet[Any]) -> HttpResponseBase:
    return _export(model_admin, request, chosen, "csv")


@admin.action(description=gettext_lazy("Export as XLSX"), permissions=["view"])
def export_xlsx(model_admin: Any, request: HttpRequest, chosen: QuerySet[Any]) -> HttpResponseBase:
    return _export(model_admin, request, chosen, "xlsx")


EXPORT_ACTIONS = [export_csv, export_xlsx]


def _export(model_admin: Any, request: HttpRequest, chosen: QuerySet[Any], file_format: str) -> HttpResponseBase:
    names = [name for name in model_admin.get_list_display(request) if name != "action_checkbox"]
    columns = [_column(model_admin, name) for name in names]
    title = capfirst(str(model_admin.opts.verbose_name_plural))
    name = str(model_admin.opts.model_name)
    table = Table(name, "", title, columns, _rows(model_admin, names, chosen))
    command = f"{model_admin.opts.app_label}.export"
    return send_table(request, table, file_format, command=command, subject=f"list:{name}")


def _column(model_admin: Any, name: str) -> str:
    title = capfirst(str(label_for_field(name, model_admin.model, model_admin)))
    fields = {field.name: field for field in model_admin.opts.get_fields()}
    return moment_column(title) if isinstance(fields.get(name), DateTimeField) else title


def _rows(model_admin: Any, names: list[str], chosen: QuerySet[Any]) -> Iterator[list[Cell]]:
    """Yield the rows in the order of the list. MariaDB's driver would read all of them at once for `iterator`."""
    keys = list(chosen.values_list("pk", flat=True))
    for first in range(0, len(keys), AT_ONCE):
        batch = keys[first : first + AT_ONCE]
        by_key = {row.pk: row for row in chosen.filter(pk__in=batch)}
        rows = [by_key[key] for key in batch if key in by_key]
        if hasattr(model_admin, "prepare_rows"):
            model_admin.prepare_rows(rows)
        for row in rows:
            yield [_cell(model_admin, name, row) for name in names]


def _cell(model_admin: Any, name: str, row: Model) -> Cell:
    field, _attribute, value = lookup_field(name, row, model_admin)
    choices = getattr(field, "flatchoices", None)
    if choices:
        return str(dict(choices).get(value, value))
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    known = value is None or isinstance(value, (str, Promise, int, float, Decimal, datetime, date))
    return value if known else str(value)
