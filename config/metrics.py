"""/metrics in Prometheus' text format. The values come from the database, so every process reports the same.

Programs and staff may read them. How long a request takes is in the logs.
"""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from django.db.models import Count, Min
from django.http import HttpResponse
from django.utils import timezone
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.views import APIView

from accounts.api.permissions import IsStaffOrProgram
from config import health
from config.task_queues import tasks_waiting
from farm.models import CapacityCheck, Reservation
from farm.models.states import State
from gitsync.models import LocalCopy, OutboxEvent
from gitsync.models import Request as GitRequest
from mail.models import Mail

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class Gauge(NamedTuple):
    """One metric. `values` maps each value of its label to a number; a metric without a label has the key ""."""

    name: str
    help: str
    label: str
    values: Mapping[str, float]

    def lines(self) -> Iterator[str]:
        yield f"# HELP atelier_{self.name} {self.help}"
        yield f"# TYPE atelier_{self.name} gauge"
        for value, number in self.values.items():
            label = f'{{{self.label}="{value}"}}' if self.label else ""
            yield f"atelier_{self.name}{label} {number:.15g}"


class Metrics(APIView):
    permission_classes = [IsAuthenticated, IsStaffOrProgram]
    schema = None

    def perform_content_negotiation(self, request: Request, force: bool = False) -> Any:
        """Accept any Accept header: monitors ask for media types of their own. Errors are always JSON."""
        return super().perform_content_negotiation(request, force=True)

    def get(self, request: Request) -> HttpResponse:
        text = "".join(f"{line}\n" for gauge in gauges() for line in gauge.lines())
        return HttpResponse(text, content_type=CONTENT_TYPE, headers={"Cache-Control": "no-store"})


def gauges() -> Iterator[Gauge]:
    """Yield all metrics.

    A metric has no value when it is not known (the broker does not answer, no check has run), because 0 would be
    wrong.
    """
    ready = {part: int(check() == health.OK) for part, check in health.CHECKS.items()}
    yield Gauge("ready", "1 when this part is ready, as in /readyz.", "part", ready)
    yield Gauge("tasks_waiting", "Tasks in the queue that no worker has taken.", "queue", tasks_waiting())
    yield from _farm()
    yield from _git()
    yield from _mail()


def _farm() -> Iterator[Gauge]:
    now = timezone.now()
    states = (State.CONFIRMED, State.ACTIVE)
    counts = {str(state): Reservation.objects.in_state(state, now).count() for state in states}
    yield Gauge("farm_bookings", "Future (confirmed) and running (active) bookings.", "state", counts)
    check = CapacityCheck.objects.exclude(finished_at=None).order_by("-finished_at").first()
    faults, at = ({"": check.found}, {"": check.finished_at.timestamp()}) if check and check.finished_at else ({}, {})
    yield Gauge("farm_capacity_faults", "Faults found by the last check of the farm's capacity.", "", faults)
    yield Gauge("farm_capacity_checked_seconds", "When that check ended, in epoch seconds.", "", at)


def _git() -> Iterator[Gauge]:
    copies = dict(LocalCopy.objects.order_by().values_list("status").annotate(Count("pk")))
    states = {state: copies.get(state, 0) for state in LocalCopy.Status.values}
    yield Gauge("git_repositories", "Repositories by the state of their local copy.", "state", states)
    pending = GitRequest.objects.filter(state=GitRequest.State.PENDING).count()
    yield Gauge("git_requests_pending", "Messages whose processing has not ended.", "", {"": pending})
    waiting = OutboxEvent.objects.filter(delivered_at=None).order_by()
    counts = dict(waiting.filter(dead_at=None).values_list("target").annotate(Count("pk")))
    targets = {target: counts.get(target, 0) for target in OutboxEvent.Target.values}
    yield Gauge("git_events_waiting", "Events not yet delivered.", "target", targets)
    dead = waiting.exclude(dead_at=None).count()
    yield Gauge("git_events_given_up", "Events that are no longer retried.", "", {"": dead})


def _mail() -> Iterator[Gauge]:
    waiting = Mail.objects.waiting().order_by().aggregate(count=Count("pk"), oldest=Min("created_at"))
    failed = Mail.objects.failed().order_by().count()
    yield Gauge(
        "mails",
        "Mails to send, and those that are no longer tried.",
        "state",
        {"waiting": waiting["count"], "failed": failed},
    )
    seconds = (timezone.now() - waiting["oldest"]).total_seconds() if waiting["oldest"] else 0
    yield Gauge(
        "mails_oldest_wait_seconds", "How long the oldest of the waiting mails has waited.", "", {"": max(seconds, 0)}
    )
