"""Sends a table as a file, and records in the audit log who took which one."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import redirect

from accounts.audit import record
from accounts.principals import person_of
from kernel.errors import Malformed
from kernel.exports.download import write_download
from kernel.exports.table import Table


def send_table(
    request: HttpRequest, table: Table, file_format: str, *, command: str, subject: str, **facts: Any
) -> HttpResponseBase:
    """Return the file of the table, `csv` or `xlsx`, and write an audit event.

    The event has the title of the table, the format, the number of rows, and `facts` that are not empty, such as the
    filters (JSON values). A table that is too long for the format leads back to the page, with the reason.
    """
    try:
        response, count = write_download(table, file_format)
    except Malformed as refusal:
        messages.error(request, refusal.message)
        return _redirect_above(request)
    after = {"table": table.name, "format": file_format, "rows": count}
    record(person_of(request), command, subject, after=after | {name: value for name, value in facts.items() if value})
    return response


def _redirect_above(request: HttpRequest) -> HttpResponseRedirect:
    """Redirect from `/courses/1/roster.xlsx` to `/courses/1/`."""
    return redirect(request.path.rpartition("/")[0] + "/")
