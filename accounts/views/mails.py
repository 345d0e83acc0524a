"""The pages of mails for staff: what was sent to whom, why it failed, and sending it again."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from accounts.audit import record
from accounts.permissions import may_see_secret_link
from accounts.person_request import PersonRequest
from kernel.errors import Refused
from mail.mail_list import has_server, load_mail_list
from mail.messages import link_of
from mail.models import Mail
from mail.resending import send_again, send_failed_again
from mail.stopping import title_of


@require_safe
def mails(request: PersonRequest) -> HttpResponse:
    """List the mails, filtered by state and searched by person, address and subject."""
    _check_staff(request)
    return render(request, "mail/mails.html", load_mail_list(request.GET))


@require_safe
def mail_for_staff(request: PersonRequest, pk: int) -> HttpResponse:
    """Show one mail. Its secret link is shown only to those who may administer the account of its person."""
    _check_staff(request)
    mail = get_object_or_404(Mail.objects.select_related("person"), pk=pk)
    may_see_link = not mail.has_secret or may_see_secret_link(request.user, mail.person)
    link = link_of(mail) if may_see_link else "…"
    context = {
        "mail": mail,
        "text": mail.text_with(link),
        "kind": title_of(mail.kind),
        "may_see_link": may_see_link,
        "has_server": has_server(),
    }
    if may_see_link and mail.has_secret:
        context["link"] = link
    return render(request, "mail/mail.html", context)


@require_POST
def mail_send_again(request: PersonRequest, pk: int) -> HttpResponse:
    """Send a mail again, and write it into the audit log."""
    _check_staff(request)
    try:
        with transaction.atomic():
            mail = send_again(pk)
            record(request.user, "mail.send_again", f"mail:{pk}", after={"mail": mail.pk, "address": mail.address})
    except Refused as refusal:
        messages.error(request, refusal.message)
        return redirect("mails")
    messages.success(request, _("The mail to %(address)s will be sent now.") % {"address": mail.address})
    return redirect("mail-for-staff", mail.pk)


@require_POST
def mails_send_failed_again(request: PersonRequest) -> HttpResponse:
    """Send all failed mails again, and write it into the audit log."""
    _check_staff(request)
    with transaction.atomic():
        count = send_failed_again()
        record(request.user, "mail.send_failed_again", "mail:failed", after={"mails": count})
    sentence = ngettext("%(count)s mail will be sent now.", "%(count)s mails will be sent now.", count)
    messages.success(request, sentence % {"count": count})
    return redirect("mails")


def _check_staff(request: PersonRequest) -> None:
    if not request.user.is_staff:
        raise PermissionDenied
