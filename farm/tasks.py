"""What the schedule asks of the farm."""

from celery import shared_task

from farm import booking, idempotency


@shared_task
def expire_drafts() -> None:
    booking.expire_drafts()


@shared_task
def forget_answers() -> None:
    idempotency.prune()
