"""The card of the home page that shows staff what does not work or needs attention (settings.HOME_CARDS)."""

from datetime import timedelta
from typing import NamedTuple

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from config import health
from gitsync.models import LocalCopy, OutboxEvent
from mail.models import Mail

FAILED_MAILS_SHOWN = timedelta(days=7)  # since they failed
LATE_MAIL = timedelta(minutes=10)  # a mail that waits longer is worth a sentence


class Need(NamedTuple):
    """A problem: the sentence about it, and the address of the page that shows it ("" where there is none)."""

    sentence: str
    href: str = ""


def staff_card(request: HttpRequest) -> SafeString | str:
    """Render the problems for staff; "" for other people and while there is no problem."""
    if not request.user.is_staff:
        return ""
    needs = [*_parts_that_fail(), *_mail_needs(), *_git_needs()]
    return render_to_string("accounts/_needs.html", {"needs": needs}, request) if needs else ""


def _parts_that_fail() -> list[Need]:
    broker_fails = health.CHECKS["broker"]() != health.OK
    if broker_fails:
        return [Need(_("The broker does not answer. Pages work; pushes and deliveries wait until it is back."))]
    if health.CHECKS["schedule"]() != health.OK:
        return [Need(_("The schedule does not run. Nothing is polled, sent again or cleaned up by itself."))]
    return []


def _mail_needs() -> list[Need]:
    now, needs = timezone.now(), []
    if failed := Mail.objects.failed().filter(dead_at__gt=now - FAILED_MAILS_SHOWN).count():
        sentence = ngettext("%(count)s mail could not be sent.", "%(count)s mails could not be sent.", failed)
        needs.append(Need(sentence % {"count": failed}, f"{reverse('mails')}?state=failed"))
    if late := Mail.objects.waiting().filter(created_at__lt=now - LATE_MAIL).count():
        sentence = ngettext(
            "%(count)s mail waits for the mail server.", "%(count)s mails wait for the mail server.", late
        )
        needs.append(Need(sentence % {"count": late}, f"{reverse('mails')}?state=waiting"))
    return needs


def _git_needs() -> list[Need]:
    needs = []
    if failing := LocalCopy.objects.filter(status=LocalCopy.Status.FAILING).count():
        sentence = ngettext(
            "%(count)s repository cannot be read.", "%(count)s repositories cannot be read.", failing
        ) % {"count": failing}
        needs.append(Need(sentence, f"{reverse('admin:gitsync_localcopy_changelist')}?status__exact=failing"))
    if given_up := OutboxEvent.objects.filter(delivered_at=None).exclude(dead_at=None).count():
        sentence = ngettext(
            "%(count)s event of the Git module was not delivered, and is no longer retried.",
            "%(count)s events of the Git module were not delivered, and are no longer retried.",
            given_up,
        ) % {"count": given_up}
        needs.append(Need(sentence, reverse("admin:gitsync_outboxevent_changelist")))
    return needs
