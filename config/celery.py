"""The Celery application: its queues, its schedule, and settings under which no task is lost.

The work to do is in the database; a task only starts it. Every task may run twice.
"""

import os

from celery import Celery
from celery.schedules import crontab
from celery.signals import beat_init, worker_init, worker_process_init

from config import data_folder

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("atelier")
app.set_default()  # for each thread: web servers import this module in another thread than that of a request
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
    # Seconds after SIGQUIT (or SIGTERM, where REMAP_SIGTERM says so); then running tasks go back to the queue.
    worker_soft_shutdown_timeout=4.0,
    # By default Kombu looks for lost messages only every 100 s. The longest task takes well under 900 s.
    broker_transport_options={
        "visibility_timeout": 900,
        "unacked_restore_interval": 5,
        "unacked_restore_throttle": 1,
        "socket_keepalive": True,
    },
    task_default_queue="default",
    # Fetching has a queue and a worker of its own: it waits for servers that nobody here controls.
    task_routes={
        "gitsync.tasks.sync_address": {"queue": "sync"},
        "gitsync.tasks.deliver*": {"queue": "deliver"},
        "gitsync.tasks.rematch*": {"queue": "match"},
        "courses.tasks.make_work_zip": {"queue": "match"},  # takes minutes, too
        "mail.tasks.*": {"queue": "mail"},
    },
    task_time_limit=600,
    beat_scheduler="config.schedule:Schedule",
    beat_max_loop_interval=30,  # seconds: /readyz misses the schedule after config.schedule.ALIVE_SECONDS
    beat_schedule={
        "gitsync-sweep": {"task": "gitsync.tasks.sweep", "schedule": 10.0, "options": {"expires": 10}},
        "gitsync-poll": {"task": "gitsync.tasks.poll", "schedule": 60.0, "options": {"expires": 60}},
        "courses-sweep": {"task": "courses.tasks.sweep", "schedule": 15.0, "options": {"expires": 15}},
        "courses-failing": {"task": "courses.tasks.notify_failing", "schedule": 300.0, "options": {"expires": 300}},
        "courses-reminders": {
            "task": "courses.tasks.remind_of_deadlines",
            "schedule": 900.0,
            "options": {"expires": 900},
        },
        "courses-teams": {"task": "courses.tasks.notify_teams", "schedule": 900.0, "options": {"expires": 900}},
        "farm-expire-drafts": {"task": "farm.tasks.expire_drafts", "schedule": 300.0, "options": {"expires": 300}},
        "farm-soon": {"task": "farm.tasks.notify_soon", "schedule": 60.0, "options": {"expires": 60}},
        "farm-forget-answers": {"task": "farm.tasks.forget_answers", "schedule": 3600.0, "options": {"expires": 3600}},
        # At night, in the time zone of the school (settings.CELERY_TIMEZONE).
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
        "mail-sweep": {"task": "mail.tasks.sweep", "schedule": 30.0, "options": {"expires": 30}},
        "mail-digests": {"task": "mail.tasks.write_digests", "schedule": 60.0, "options": {"expires": 60}},
        "mail-forget": {
            "task": "mail.tasks.forget_what_is_past",
            "schedule": crontab(hour="4", minute="30"),
            "options": {"expires": 6 * 3600},
        },
        "calendars-forget": {
            "task": "calendars.tasks.forget_what_is_past",
            "schedule": crontab(hour="4", minute="40"),
            "options": {"expires": 6 * 3600},
        },
        "live-prune": {"task": "live.tasks.prune", "schedule": 600.0, "options": {"expires": 600}},
    },
)
WORKER_PID = 0  # the process that forks the processes of the pool
app.autodiscover_tasks(["gitsync", "farm", "live", "courses", "accounts", "calendars", "mail"])


@worker_init.connect
def check_and_prepare(**_: object) -> None:
    """Check the database before the first task: a worker must not write to one with wrong settings."""
    from config import startup  # Django is set up by now

    data_folder.keep_private()
    startup.assert_database()
    startup.freeze_garbage_collector()  # before the pool is forked
    global WORKER_PID
    WORKER_PID = os.getpid()


@beat_init.connect
def keep_private(**_: object) -> None:
    """Let the schedule write files that only its own user can read."""
    data_folder.keep_private()


@worker_process_init.connect
def end_with_the_worker(**_: object) -> None:
    """End a process of the pool when its worker ends.

    Otherwise a worker that is killed while it starts its pool leaves processes that wait for each other for ever.
    """
    from config import startup

    if os.getpid() != WORKER_PID:  # without a pool the worker sends this signal to itself
        startup.end_with_parent(WORKER_PID)
