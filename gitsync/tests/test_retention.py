"""Old events, messages and hooks are deleted; everything still needed stays."""

from datetime import timedelta

import pytest
from django.utils import timezone

from gitsync.domain import registrations
from gitsync.models import Commit, Delivery, LocalCopy, OutboxEvent, Push, Registration, Request, UnknownUrl
from gitsync.tasks import forget_what_is_past
from gitsync.tests import builders
from gitsync.values import CourseIds
from kernel.epoch import to_epoch

pytestmark = [pytest.mark.django_db, pytest.mark.database]
LONG_AGO = timezone.now() - timedelta(days=400)


def event(registration, **fields):
    return OutboxEvent.objects.create(
        registration=registration, target="local", kind="OnPull", body={}, next_attempt_at=LONG_AGO, **fields
    )


def request(kind, state="done"):
    row = Request.objects.create(kind=kind, canonical_hash="c" * 64, body={}, state=state)
    Request.objects.filter(pk=row.pk).update(created_at=LONG_AGO)
    return row


def test_old_rows_are_deleted_and_history_stays():
    bob = builders.registration("https://git.example/bob.git", "bob")
    then = to_epoch(LONG_AGO)
    Push.objects.create(repository=bob.repository, received_at=then, after="a" * 40)
    Commit.objects.create(
        repository=bob.repository, sha="a" * 40, author_time=then, committer_time=then, seen_by=then, late_time=then
    )
    event(bob, delivered_at=LONG_AGO)
    kept = [event(bob, delivered_at=timezone.now()), event(bob), event(bob, dead_at=LONG_AGO)]
    zoe = builders.registration("https://git.example/zoe.git", "zoe")
    LocalCopy.objects.filter(repository=bob.repository).update(refs_requested_at=then + 60)
    LocalCopy.objects.filter(repository=zoe.repository).update(refs_requested_at=then - 60)
    Delivery.objects.create(delivery_hash="1" * 64, received_at=then, forge="github")
    Delivery.objects.create(delivery_hash="4" * 64, received_at=then, forge="github", repository=bob.repository)
    early = Delivery.objects.create(delivery_hash="5" * 64, received_at=then, forge="github", repository=zoe.repository)
    fresh = Delivery.objects.create(delivery_hash="2" * 64, received_at=to_epoch(timezone.now()), forge="github")
    UnknownUrl.objects.create(url="https://x/y", url_hash="3" * 64, reported_at=LONG_AGO)
    request("ModifyExercise")
    waiting, registered = request("DeleteExercise", "pending"), request("RegisterGitRepo")

    forget_what_is_past()

    assert list(OutboxEvent.objects.order_by("pk")) == kept
    assert set(Delivery.objects.all()) == {fresh, early}
    assert not UnknownUrl.objects.exists()
    assert {waiting.pk, registered.pk} == set(Request.objects.values_list("pk", flat=True))
    assert Push.objects.count() == Commit.objects.count() == 1


def test_a_repository_registered_again_is_still_marked_so_after_the_cleanup():
    ids = CourseIds("ada", "H2027", "StruDon")
    url = "https://git.example/bob.git"
    registrations.register_repository(ids, student_id="bob", repo_url=url)
    registrations.delete_repository(ids, student_id="bob", repo_url=url)
    Request.objects.update(created_at=LONG_AGO, state="done", pending_key=None)

    forget_what_is_past()
    registrations.register_repository(ids, student_id="bob", repo_url=url)

    assert Registration.objects.get().registered_again
