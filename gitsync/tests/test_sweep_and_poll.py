"""The scheduled tasks that find lost syncs and read quiet repositories again."""

import pytest
from django.utils import timezone

from gitsync import tasks
from gitsync.models import LocalCopy
from gitsync.syncing import sync, sync_queue
from gitsync.tests import builders

pytestmark = [pytest.mark.django_db, pytest.mark.database]


def test_the_sweep_queues_again_what_the_broker_lost(work, registration, queued, time_machine):
    time_machine.move_to(timezone.now(), tick=False)
    sync_queue.request_sync(registration.repository_id)
    queued.clear()
    tasks.sweep()
    assert queued == []  # it was queued a moment ago
    time_machine.shift(31)
    tasks.sweep()
    tasks.sweep()
    assert queued == [("gitsync.tasks.sync_address", registration.repository_id)]


def test_the_poll_requests_a_sync_of_repositories_not_read_for_long(work, registration, queued, time_machine):
    time_machine.move_to(timezone.now(), tick=False)
    builders.sync_now(registration)
    queued.clear()
    tasks.poll()
    assert not LocalCopy.objects.get().dirty
    time_machine.shift(15 * 60 + 1)
    tasks.poll()
    assert LocalCopy.objects.get().dirty
    sync.sync_repository(registration.repository_id)
    time_machine.shift(15 * 86_400)
    tasks.poll()
    assert LocalCopy.objects.get().dirty
