"""The page of all repositories of this installation, for staff."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from accounts.exports import send_table
from accounts.person_request import PersonRequest
from gitsync.domain.bulk_reading import STAFF_COMMANDS, change_for_staff
from gitsync.models import LocalCopy
from gitsync.queries import staff_list
from gitsync.queries.reading_states import READING_STATES
from gitsync.queries.staff_list import ListedCopy
from kernel.exports.menu import export_links
from kernel.exports.table import Cell, Table, moment_column
from kernel.web.query_string import encode_query, ids_among, requested_page

FILTERS = ("state", "q")


@require_http_methods(["GET", "HEAD", "POST"])
def repositories(request: PersonRequest) -> HttpResponse:
    """List the repositories that the filters leave. POST reads, pauses or resumes some of them."""
    _check_staff(request)
    if request.method == "POST":
        return _change(request)
    return render(request, "gitsync/repositories.html", _context(request))


@require_safe
def repositories_fragment(request: PersonRequest) -> HttpResponse:
    """The list again: while something is being read, and after a while."""
    _check_staff(request)
    return render(request, "gitsync/_repositories.html", _context(request))


@require_safe
def repositories_file(request: PersonRequest, file_format: str) -> HttpResponseBase:
    """The rows that the filters leave, on all pages."""
    _check_staff(request)
    columns = [
        _("Repository"),
        _("State"),
        _("Reason"),
        moment_column(_("Since")),
        moment_column(_("Last read")),
        moment_column(_("Next try")),
        _("Tries"),
        moment_column(_("Last hook")),
        _("Size (bytes)"),
        _("Given by"),
    ]
    rows = map(_cells, staff_list.all_listed(_filtered(request)))
    table = Table("repositories", "", _("Repositories"), columns, rows)
    facts = {name: value for name, value in _values(request).items() if value}
    return send_table(request, table, file_format, command="gitsync.export", subject="list:repositories", filters=facts)


def _cells(row: ListedCopy) -> list[Cell]:
    reading = row.reading
    users = ", ".join(f"{student} ({course})" for student, course in row.users) + (", …" if row.more_users else "")
    cells: list[Cell] = [reading.address, reading.state.label, reading.failure, reading.failing_since]
    cells += [reading.last_good_at, reading.next_attempt_at, reading.attempts, reading.hook_at]
    return [*cells, reading.size_bytes, users]


def _context(request: PersonRequest) -> dict[str, object]:
    values = _values(request)
    page = staff_list.page_of(_filtered(request), requested_page(request))
    rows = staff_list.listed(list(page.object_list))
    query = encode_query(**values)
    return {
        "page": page,
        "rows": rows,
        "counts": staff_list.counts_by_state(),
        "states": READING_STATES,
        "filters": values,
        "here": encode_query(**values, page=str(page.number) if page.number > 1 else ""),
        "page_href": f"?{query}&page=" if query else "?page=",
        "most_at_once": staff_list.MOST_AT_ONCE,
        "is_being_read": any(row.reading.is_wanted for row in rows),
        "exports": [export_links(_("These repositories"), "repositories-file", query=query)],
    }


def _change(request: PersonRequest) -> HttpResponse:
    """Do what the pressed button says.

    The name of the button is the command, and its value the key of one repository, or else the boxes count.
    """
    command = next((name for name in STAFF_COMMANDS if name in request.POST), "")
    keys = ids_among([request.POST.get(command, "")])
    if not keys and "all" in request.POST:
        keys = list(_filtered(request).values_list("repository_id", flat=True)[: staff_list.MOST_AT_ONCE])
    keys = keys or ids_among(request.POST.getlist("repository"))
    count = change_for_staff(command, request.user, keys) if command and keys else 0
    if count:
        done = {
            "read": ngettext("%(n)s repository will be synced.", "%(n)s repositories will be synced.", count),
            "pause": ngettext("%(n)s repository is paused.", "%(n)s repositories are paused.", count),
            "resume": ngettext(
                "%(n)s paused repository is read again.", "%(n)s paused repositories are read again.", count
            ),
        }
        messages.success(request, done[command] % {"n": count})
    else:
        messages.warning(
            request, _("Nothing was changed: this button does nothing for these repositories. Choose others.")
        )
    query = encode_query(**_values(request), page=request.GET.get("page", ""))
    return redirect(reverse("repositories") + (f"?{query}" if query else ""))


def _filtered(request: PersonRequest) -> QuerySet[LocalCopy]:
    values = _values(request)
    return staff_list.filtered_copies(state=values["state"], search=values["q"])


def _values(request: PersonRequest) -> dict[str, str]:
    return {name: request.GET.get(name, "").strip()[:200] for name in FILTERS}


def _check_staff(request: PersonRequest) -> None:
    if not request.user.is_staff:
        raise PermissionDenied
