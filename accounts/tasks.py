"""What the schedule asks of accounts."""

from celery import shared_task

from accounts import retention


@shared_task
def forget_what_is_past() -> None:
    retention.forget_what_is_past()
