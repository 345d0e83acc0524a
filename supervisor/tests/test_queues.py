"""Fetching has a queue and a worker of its own in both set-ups, so that nothing else waits behind a slow server."""

from pathlib import Path

import yaml
from django.conf import settings

from config.celery import app
from config.queue_names import QUEUES
from supervisor import programs

FETCH = "gitsync.tasks.sync_address"


def queues_in(command):
    """Return the queues in the command line of a worker."""
    return set(command[command.index("--queues") + 1].split(","))


def test_the_queue_of_fetching_has_no_other_task():
    app.loader.import_default_modules()
    queue_of = {name: app.amqp.router.route({}, name)["queue"].name for name in app.tasks if "celery." not in name}
    assert [name for name, queue in queue_of.items() if queue == "sync"] == [FETCH]
    assert queue_of["gitsync.tasks.deliver"] == "deliver"
    assert queue_of["gitsync.tasks.sweep"] == queue_of["courses.tasks.send_messages"] == "default"


def test_one_worker_fetches_and_the_other_does_everything_else():
    services = yaml.safe_load(Path(settings.BASE_DIR, "docker-compose.yml").read_text())["services"]
    work, fetch = (queues_in(services[name]["command"]) for name in ("worker", "fetch"))
    assert work == set(programs.WORKER["queues"]) == set(QUEUES) - {"sync"}
    assert fetch == set(programs.FETCHER["queues"]) == {"sync"}
