"""Celery tasks of the farm, run by the schedule."""

from celery import shared_task

from farm.domain import capacity_check, drafts, idempotency
from farm.models import CapacityCheck
from farm.notices import soon


@shared_task
def expire_drafts() -> None:
    drafts.expire_drafts()


@shared_task
def forget_answers() -> None:
    idempotency.delete_old_responses()


@shared_task
def notify_soon() -> None:
    soon.notify_soon()


@shared_task
def check_capacity(check_id: int | None = None) -> None:
    """Run the nightly check, or the requested check with this id."""
    check = CapacityCheck.objects.filter(pk=check_id).first() if check_id else capacity_check.create_check()
    if check is not None:
        capacity_check.run_check(check)
