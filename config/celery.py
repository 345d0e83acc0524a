"""The Celery application: queues, the schedule, and the settings that lose nothing.

A task is a hint to look at the database, which is the queue of record; every task may run twice.
"""

import os

from celery import Celery
from celery.schedules import crontab
from celery.signals import worker_init, worker_process_init

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("atelier")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.conf.update(
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    task_ignore_result=True,
    worker_prefetch_multiplier=1,
    worker_hijack_root_logger=False,
    worker_cancel_long_running_tasks_on_connection_loss=False,
    broker_connection_retry_on_startup=True,
    broker_connection_max_retries=None,
    worker_soft_shutdown_timeout=4.0,  # SIGQUIT (and SIGTERM where it is remapped): then running tasks are put back
    # Kombu's defaults look for lost messages every 100 s; the longest task is well under 900 s.
    broker_transport_options={
        "visibility_timeout": 900,
        "unacked_restore_interval": 5,
        "unacked_restore_throttle": 1,
        "socket_keepalive": True,
    },
    task_default_queue="default",
    task_routes={"gitsync.tasks.deliver*": {"queue": "deliver"}, "gitsync.tasks.*": {"queue": "sync"}},
    task_time_limit=600,
    beat_schedule={
        "gitsync-sweep": {"task": "gitsync.tasks.sweep", "schedule": 10.0, "options": {"expires": 10}},
        "gitsync-poll": {"task": "gitsync.tasks.poll", "schedule": 60.0, "options": {"expires": 60}},
        "courses-sweep": {"task": "courses.tasks.sweep", "schedule": 15.0, "options": {"expires": 15}},
        "farm-expire-drafts": {"task": "farm.tasks.expire_drafts", "schedule": 300.0, "options": {"expires": 300}},
        "farm-forget-answers": {"task": "farm.tasks.forget_answers", "schedule": 3600.0, "options": {"expires": 3600}},
        # At night, in the school's zone (settings.CELERY_TIMEZONE).
        "farm-check-capacity": {
            "task": "farm.tasks.check_capacity",
            "schedule": crontab(hour="3", minute="20"),
            "options": {"expires": 6 * 3600},
        },
        "gitsync-forget": {
            "task": "gitsync.tasks.forget_what_is_past",
            "schedule": crontab(hour="4", minute="10"),
            "options": {"expires": 6 * 3600},
        },
        "accounts-forget": {
            "task": "accounts.tasks.forget_what_is_past",
            "schedule": crontab(hour="4", minute="20"),
            "options": {"expires": 6 * 3600},
        },
        "live-prune": {"task": "live.tasks.prune", "schedule": 600.0, "options": {"expires": 600}},
    },
)
WORKER = 0  # the process that its pool is made of
QUEUES = ["default", "sync", "match", "deliver", "mail", "similarity"]
app.autodiscover_tasks(["gitsync", "farm", "live", "courses", "accounts"])


@worker_init.connect
def start_well(**_: object) -> None:
    """A worker on a database that is set wrong would write what the pages may not."""
    from config import startup  # Django is set up by now

    startup.assert_database()
    startup.spare_the_collector()  # before the children are made of it
    global WORKER
    WORKER = os.getpid()


@worker_process_init.connect
def end_with_the_worker(**_: object) -> None:
    """A worker that is killed while it makes its pool leaves processes that wait for each other for good."""
    from config import startup

    if os.getpid() != WORKER:  # a worker without a pool tells itself
        startup.end_with_parent(WORKER)
