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

from config import health, health_parts
from mail.models import Mail

LATE_MAIL = timedelta(minutes=10)  # a mail that waits longer is worth a sentence


class Need(NamedTuple):
    """A problem: the sentence about it, and the address of the page that shows it ("" where there is none)."""

    sentence: str
    href: str = ""


def staff_card(request: HttpRequest) -> SafeString | str:
    """Render the problems for staff; "" for other people and while there is no problem."""
    if not request.user.is_staff:
        return ""
    needs = [*_parts_that_fail(), *_failures(), *_late_mails()]
    return render_to_string("accounts/_needs.html", {"needs": needs}, request) if needs else ""


def _parts_that_fail() -> list[Need]:
    broker_fails = health.CHECKS["broker"]() != health.OK
    if broker_fails:
        return [Need(_("The broker does not answer. Pages work; pushes and deliveries wait until it is back."))]
    if health.CHECKS["schedule"]() != health.OK:
        return [Need(_("The schedule does not run. Nothing is polled, sent again or cleaned up by itself."))]
    return []


def _failures() -> list[Need]:
    """Return what has failed. The capacity of the farm has a card of its own."""
    parts = [health_parts.repositories(), health_parts.events(), health_parts.mails()]
    needs = [Need(part.facts, part.href) for part in parts if part.state != health_parts.OK]
    disk = health_parts.disk()
    return needs if disk.state == health_parts.OK else [*needs, Need(f"{disk.title}: {disk.facts}", reverse("health"))]


def _late_mails() -> list[Need]:
    late = Mail.objects.waiting().filter(created_at__lt=timezone.now() - LATE_MAIL).count()
    if not late:
        return []
    sentence = ngettext("%(count)s mail waits for the mail server.", "%(count)s mails wait for the mail server.", late)
    return [Need(sentence % {"count": late}, f"{reverse('mails')}?state=waiting")]
