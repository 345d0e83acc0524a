"""The parts of an installation as its staff see them: whether each works, what it does now, and what to do."""

import shutil
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils import timezone
from django.utils.timesince import timesince
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from config import health
from config.task_queues import oldest_task, tasks_waiting
from config.waiting_work import QueueState, queue_states
from farm.domain import capacity_check
from gitsync.models import LocalCopy, OutboxEvent
from mail.mail_list import has_server
from mail.models import Mail

FAILED_MAILS_SHOWN = timedelta(days=7)  # since they failed
LATE_TASK = timedelta(minutes=10)
LITTLE_DISK = 0.10  # of the whole disk
TOO_LITTLE_DISK = 0.03
OK, WARNING, FAILS = "ok", "warning", "fails"


@dataclass(frozen=True)
class Part:
    """A part of the installation.

    state: OK, WARNING (works, but needs attention) or FAILS. facts: a sentence about now.
    advice: what to do, "" where it works. href: the page that shows more, or "".
    """

    title: str
    state: str
    facts: str
    advice: str = ""
    href: str = ""


def all_parts() -> list[Part]:
    """Return all parts, with a fixed number of queries."""
    queues = [_queue(state) for state in queue_states()]
    return [_database(), _broker(), _schedule(), _tasks(), *queues, *failing_parts(), _mail_server(), disk()]


def failing_parts() -> list[Part]:
    """Return what has failed for good, or cannot be read: repositories, events, mails, the capacity of the farm."""
    return [repositories(), events(), mails(), _capacity()]


def waiting_parts() -> list[Part]:
    """Return the queues: how much waits in each of them, and for how long."""
    return [_tasks(), *(_queue(state) for state in queue_states())]


def disk() -> Part:
    """Return the free space of the disk with the data folder."""
    title = _("Disk of the data folder")
    try:
        usage = shutil.disk_usage(settings.ATELIER_HOME)
    except OSError:
        return Part(title, FAILS, _("It cannot be read."), _("Look at the data folder on the server."))
    facts = _("%(free)s of %(total)s are free.") % {
        "free": filesizeformat(usage.free),
        "total": filesizeformat(usage.total),
    }
    if usage.free >= usage.total * LITTLE_DISK:
        return Part(title, OK, facts)
    state = FAILS if usage.free < usage.total * TOO_LITTLE_DISK else WARNING
    advice = _("Make room on the server. Without any, nothing can be saved.")
    return Part(title, state, facts, advice)


def _database() -> Part:
    result = health.CHECKS["database"]()
    if result == health.OK:
        return Part(_("Database"), OK, _("It can be read and written."))
    return Part(_("Database"), FAILS, _("It cannot be written."), _("Look at the database and the disk of the server."))


def _broker() -> Part:
    if health.CHECKS["broker"]() == health.OK:
        return Part(_("Broker"), OK, _("It answers."))
    advice = _("Start it again on the server. Pages work; pushes, mails and deliveries wait until then, none is lost.")
    return Part(_("Broker"), FAILS, _("It does not answer."), advice)


def _schedule() -> Part:
    result = health.CHECKS["schedule"]()
    if result == health.OK:
        return Part(_("Schedule"), OK, _("It runs."))
    if result.startswith("not known"):
        return Part(_("Schedule"), WARNING, _("Not known while the broker does not answer."))
    advice = _("Start it again on the server. Until then nothing is polled, sent again or cleaned up by itself.")
    return Part(_("Schedule"), FAILS, _("It does not run."), advice)


def _tasks() -> Part:
    title = _("Tasks for the workers")
    waiting = tasks_waiting()
    if not waiting:
        return Part(title, WARNING, _("Not known while the broker does not answer."))
    count, oldest = sum(waiting.values()), oldest_task()
    facts = ngettext("%(count)s task waits.", "%(count)s tasks wait.", count) % {"count": count}
    if oldest:
        facts += " " + _("The oldest waits for %(time)s.") % {"time": timesince(oldest, depth=1)}
    is_late = oldest is not None and timezone.now() - oldest > LATE_TASK
    advice = _("Look at the log of the worker. It may have stopped, or it has too much to do.") if is_late else ""
    return Part(title, WARNING if is_late else OK, facts if count else _("Nothing waits."), advice)


def _queue(state: QueueState) -> Part:
    title = str(state.queue.title)
    if not state.length:
        return Part(title, OK, _("Nothing waits."), "", state.queue.href)
    facts = ngettext("%(count)s waits.", "%(count)s wait.", state.length) % {"count": state.length}
    if state.oldest:
        facts += " " + _("The oldest waits for %(time)s.") % {"time": timesince(state.oldest, depth=1)}
    advice = str(state.queue.advice) if state.is_late else ""
    return Part(title, WARNING if state.is_late else OK, facts, advice, state.queue.href)


def repositories() -> Part:
    failing = LocalCopy.objects.filter(status=LocalCopy.Status.FAILING).count()
    href = f"{reverse('repositories')}?state=failing"
    if not failing:
        return Part(_("Repositories that cannot be read"), OK, _("All can be read."), "", href)
    facts = ngettext("%(count)s repository cannot be read.", "%(count)s repositories cannot be read.", failing)
    advice = _("The list says why. Students repair most of them themselves; they are tried again by themselves.")
    return Part(_("Repositories that cannot be read"), WARNING, facts % {"count": failing}, advice, href)


def events() -> Part:
    given_up = OutboxEvent.objects.filter(delivered_at=None).exclude(dead_at=None).count()
    href = f"{reverse('admin:gitsync_outboxevent_changelist')}?dead_at__isempty=0&delivered_at__isempty=1"
    if not given_up:
        return Part(_("Events given up"), OK, _("None is given up."), "", href)
    facts = ngettext(
        "%(count)s event of the Git module was not delivered, and is no longer retried.",
        "%(count)s events of the Git module were not delivered, and are no longer retried.",
        given_up,
    )
    advice = _("Read the last error in the list, then send them again there.")
    return Part(_("Events given up"), FAILS, facts % {"count": given_up}, advice, href)


def mails() -> Part:
    since = timezone.now() - FAILED_MAILS_SHOWN
    failed = Mail.objects.failed().filter(dead_at__gt=since).count()
    href = f"{reverse('mails')}?state=failed"
    if not failed:
        return Part(_("Mails given up"), OK, _("None in the last seven days."), "", href)
    facts = ngettext("%(count)s mail could not be sent.", "%(count)s mails could not be sent.", failed)
    advice = _("The page of mails says why. Repair the address or the mail server, then send them again there.")
    return Part(_("Mails given up"), FAILS, facts % {"count": failed}, advice, href)


def _capacity() -> Part:
    alarm = capacity_check.current_alarm(timezone.now())
    title, href = _("Capacity of the farm"), reverse("admin:farm_capacitycheck_changelist")
    if alarm is None:
        return Part(title, OK, _("No fault was found."), "", href)
    advice = _("The home page shows the faults and checks again.")
    if alarm.check and alarm.check.found:
        return Part(title, FAILS, _("The last check found faults."), advice, reverse("home"))
    return Part(title, WARNING, _("The last check is too long ago, or one runs now."), advice, reverse("home"))


def _mail_server() -> Part:
    if has_server():
        failing = Mail.objects.waiting().exclude(last_error="").order_by("-id").values_list("last_error", flat=True)
        if error := failing.first():
            facts = _("The last try of a mail that waits failed: %(error)s") % {"error": error}
            advice = _("It is tried again by itself. If more fail, look at the mail server and at EMAIL_URL.")
            return Part(_("Mail server"), WARNING, facts, advice, f"{reverse('mails')}?state=waiting")
        return Part(_("Mail server"), OK, _("Mails leave this machine through a mail server."), "", reverse("mails"))
    advice = _("Give the links in the mails to their people yourself, or set EMAIL_URL on the server.")
    return Part(_("Mail server"), WARNING, _("None is set up: no mail leaves this machine."), advice, reverse("mails"))
