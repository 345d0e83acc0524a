"""Many repositories are read at once: one sweep queues them, and a real sync ends what was wanted."""

import pytest
from django.db import transaction
from django.utils import timezone

from gitsync import tasks
from gitsync.models import LocalCopy
from gitsync.syncing import bulk_requests, sync
from gitsync.tests import builders

pytestmark = pytest.mark.django_db


def test_the_sweep_queues_at_once_what_was_requested_in_bulk(work, registration, queued, time_machine):
    time_machine.move_to(timezone.now(), tick=False)
    builders.sync_now(registration)
    queued.clear()
    pk = registration.repository_id
    with transaction.atomic():
        assert bulk_requests.request_syncs([pk, pk + 1]) == {pk}
    tasks.sweep()
    assert ("gitsync.tasks.sync_address", pk) in queued
    assert sync.sync_repository(pk)
    assert not LocalCopy.objects.get().dirty


def test_a_paused_repository_waits_until_it_is_resumed(work, registration, queued):
    pk = registration.repository_id
    with transaction.atomic():
        assert bulk_requests.pause([pk]) == {pk}
        assert bulk_requests.pause([pk]) == bulk_requests.request_syncs([pk]) == set()
    tasks.sweep()
    assert queued == []
    with transaction.atomic():
        assert bulk_requests.resume([pk]) == {pk}
    tasks.sweep()
    assert queued == [("gitsync.tasks.sync_address", pk)]
    assert sync.sync_repository(pk)
    assert LocalCopy.objects.get().status == LocalCopy.Status.OK


def test_a_request_during_a_sync_is_not_lost(work, registration, during_fetch):
    pk = registration.repository_id

    def ask_again():
        with transaction.atomic():
            bulk_requests.request_syncs([pk])

    with during_fetch(ask_again):
        builders.sync_now(registration)
    assert LocalCopy.objects.get().dirty
