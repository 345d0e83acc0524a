"""Several workers, requests and registrations at once: nothing is lost or written twice."""

import threading
import time
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.db.models import Count
from django.utils import timezone

from gitsync.models import Commit, Delivery, LocalCopy, Registration, Repository, Request
from gitsync.models.repositories import LocalCopyQuerySet
from gitsync.syncing import accepted_messages, lease, sync, sync_queue
from gitsync.tests import builders
from gitsync.webhooks.forges import read_hook
from gitsync.webhooks.receive import receive

pytestmark = [pytest.mark.django_db, pytest.mark.database]


def test_a_request_made_during_a_sync_is_not_lost(work, registration, during_fetch):
    with during_fetch(lambda: sync_queue.request_sync(registration.repository_id)):
        assert builders.sync_now(registration).dirty
    LocalCopy.objects.update(next_attempt_at=None)
    assert sync.sync_repository(registration.repository_id)
    assert not LocalCopy.objects.get().dirty


def test_a_sync_answers_a_hook_that_came_while_it_waited_for_the_lock(work, registration, monkeypatch, time_machine):
    time_machine.move_to(timezone.now(), tick=False)
    sync_queue.request_sync(registration.repository_id)
    locked = LocalCopyQuerySet.locked

    def locked_after_a_hook(rows, repository_id):
        monkeypatch.setattr(LocalCopyQuerySet, "locked", locked)
        time_machine.shift(1)
        accepted_messages.accept_waiting_hook({"delivery": "d" * 64}, [registration.repository.match_hash])
        return locked(rows, repository_id)

    monkeypatch.setattr(LocalCopyQuerySet, "locked", locked_after_a_hook)
    assert sync.sync_repository(registration.repository_id)
    assert Request.objects.get().state == Request.State.DONE


def test_only_one_worker_holds_a_repository(work, registration):
    sync_queue.request_sync(registration.repository_id)
    first = lease.claim(registration.repository_id)
    assert first is not None
    assert lease.claim(registration.repository_id) is None
    assert not sync.sync_repository(registration.repository_id)


def test_a_worker_that_lost_its_lease_writes_nothing(work, registration, during_fetch):
    sync_queue.request_sync(registration.repository_id)
    with during_fetch(lambda: LocalCopy.objects.update(lease_token="0" * 32)):
        sync.sync_repository(registration.repository_id)
    assert not Commit.objects.exists()
    assert builders.event_kinds() == []


def test_the_repository_of_a_dead_worker_is_synced_after_its_lease(work, registration, time_machine):
    time_machine.move_to(timezone.now(), tick=False)
    sync_queue.request_sync(registration.repository_id)
    assert lease.claim(registration.repository_id)
    time_machine.shift(59)
    assert not sync.sync_repository(registration.repository_id)
    time_machine.shift(2)
    assert sync.sync_repository(registration.repository_id)
    assert builders.event_kinds() == ["OnClone", "OnNewCommits"]


def test_a_sync_that_ends_after_the_registration_was_deleted_leaves_nothing(work, registration, during_fetch):
    def delete_registration():
        Registration.objects.all().delete()
        sync_queue.request_sync(registration.repository_id, force=True)

    with during_fetch(delete_registration):
        assert builders.sync_now(registration).dirty
    LocalCopy.objects.update(next_attempt_at=None)
    assert sync.sync_repository(registration.repository_id)
    assert not Repository.objects.exists()


def sync_until(registration, done, errors):
    """Work in a thread: sync the only repository until `done` is set and no sync is wanted; keep an error."""
    try:
        while not done.is_set() or LocalCopy.objects.get().dirty:
            sync.sync_repository(registration.repository_id)
            time.sleep(0.01)
    except Exception as error:
        errors.append(error)
    finally:
        connection.close()


@pytest.mark.django_db(transaction=True)
def test_four_workers_during_pushes_write_each_commit_once_and_events_in_order(work, registration, monkeypatch):
    monkeypatch.setattr(sync_queue, "SYNC_SPACING", timedelta(0))
    done, errors = threading.Event(), []
    workers = [threading.Thread(target=sync_until, args=[registration, done, errors]) for _ in range(4)]
    sync_queue.request_sync(registration.repository_id)
    for thread in workers:
        thread.start()
    shas = [work.head()]
    for number in range(8):
        shas.append(work.commit(f"c{number}"))
        work.push()
        sync_queue.request_sync(registration.repository_id)
    done.set()
    for thread in workers:
        thread.join(60)
    assert errors == []
    assert list(Commit.objects.filter(reachable=True).order_by("pk").values_list("sha", flat=True))[1:] == shas
    events = builders.events()
    assert events[0].kind == "OnClone"
    bodies = [event.body for event in events if event.kind == "OnNewCommits"]
    assert [commit["commitId"] for body in bodies for commit in body["commits"]][1:] == shas
    assert LocalCopy.objects.get().status == "ok"


@pytest.mark.django_db(transaction=True)
def test_two_workers_answer_every_hook_that_comes_during_their_syncs(work, registration, monkeypatch):
    monkeypatch.setattr(sync_queue, "SYNC_SPACING", timedelta(0))
    url, done, errors = registration.repo_url, threading.Event(), []

    def send(sender):
        for number in range(40):
            hook = read_hook({}, {"repository.clone_url": [url], "after": [f"{sender}{number:039}"]})
            receive(hook, caller=sender, raw_hash=f"{sender} {number}")
        connection.close()

    workers = [threading.Thread(target=sync_until, args=[registration, done, errors]) for _ in range(2)]
    senders = [threading.Thread(target=send, args=[sender]) for sender in "ab"]
    for thread in (*workers, *senders):
        thread.start()
    for thread in senders:
        thread.join(30)
    done.set()
    for thread in workers:
        thread.join(30)
    assert errors == []
    assert list(Request.objects.values_list("state").annotate(Count("pk"))) == [("done", 80)]
    assert Delivery.objects.count() == 80


@pytest.mark.django_db(transaction=True)
def test_the_same_message_eight_times_at_once_is_one_request(registration):
    request_ids, start = [], threading.Barrier(8)

    def accept():
        start.wait()
        try:
            with transaction.atomic():
                request = accepted_messages.accept(
                    "RegisterGitRepo", {"a": 1}, repository=registration.repository, follow_up=True
                )
                request_ids.append(request.pk)
        finally:
            connection.close()

    threads = [threading.Thread(target=accept) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(request_ids) == 8
    assert Request.objects.count() == len(set(request_ids)) == 1
