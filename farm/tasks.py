"""What the schedule asks of the farm."""

from celery import shared_task

from farm import booking


@shared_task
def expire_drafts() -> None:
    booking.expire_drafts()
