"""The page of the audit log for staff, and the log as a file."""

from django.http import HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.audit_log.filters import AuditFilterForm
from accounts.audit_log.page import load_page
from accounts.audit_log.table import audit_table
from accounts.exports import send_table
from accounts.person_request import PersonRequest
from accounts.staff_pages import staff_page


@require_safe
@staff_page
def audit_log(request: PersonRequest) -> HttpResponse:
    """Show who did what to which object, the latest first, as the filters of the address leave it."""
    form = AuditFilterForm(request.GET)
    context = load_page(form, request.GET, _("Audit log"))
    return render(request, "accounts/audit_log.html", context, status=422 if form.errors else 200)


@require_safe
@staff_page
def audit_log_file(request: PersonRequest, file_format: str) -> HttpResponseBase:
    """Send all events that the filters leave. Filters with errors lead back to the page, which names them."""
    form = AuditFilterForm(request.GET)
    if not form.is_valid():
        return HttpResponseRedirect(f"{reverse('audit-log')}?{request.GET.urlencode()}")
    filters = {name: request.GET[name] for name in form.fields if request.GET.get(name)}
    table = audit_table(form.events())
    return send_table(request, table, file_format, command="accounts.export", subject="list:audit-log", **filters)
