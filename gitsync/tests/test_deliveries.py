"""When the receipt in a hook's Request becomes a Delivery."""

import pytest

from gitsync.domain import repositories
from gitsync.git.failures import Reason, TransportFailed
from gitsync.models import Delivery, LocalCopy, Request
from gitsync.syncing import accepted_messages, finish, lease
from gitsync.tests.forge_hooks import AFTER, GITHUB
from gitsync.tests.synced_course import URL

pytestmark = pytest.mark.django_db
REDELIVERED = {"X-GitHub-Event": "push", "X-GitHub-Delivery": "d-1"}


@pytest.fixture
def repository():
    return repositories.ensure(URL)


def test_a_hook_whose_repository_cannot_be_read_becomes_a_delivery(hook, repository):
    hook(GITHUB, REDELIVERED)
    assert not Delivery.objects.exists()
    finish.record_failure(lease.claim(repository.pk), TransportFailed(Reason.NOT_FOUND))
    assert Request.objects.get().state == Request.State.FAILED
    assert (Delivery.objects.get().after, Delivery.objects.get().repository) == (AFTER, repository)


def test_a_hook_for_a_paused_repository_becomes_a_delivery(hook, repository):
    LocalCopy.objects.update(status=LocalCopy.Status.PAUSED)
    hook()
    accepted_messages.finish_paused()
    assert Delivery.objects.get().after == AFTER


def test_of_two_hooks_with_the_same_id_the_first_becomes_the_delivery(hook, repository, time_machine):
    for moment in (1000, 2000):
        time_machine.move_to(moment, tick=False)
        hook(GITHUB, REDELIVERED)
    accepted_messages.finish(Request.objects.all())
    time_machine.move_to(3000, tick=False)
    hook(GITHUB, REDELIVERED)
    accepted_messages.finish(Request.objects.all())
    assert Delivery.objects.get().received_at == 1000


def test_a_request_of_an_earlier_version_has_its_delivery_already(repository):
    Request.objects.create(kind="GitHook", canonical_hash="x", body={"repoUrl": URL}, repository=repository)
    accepted_messages.finish(Request.objects.all())
    assert Request.objects.get().state == Request.State.DONE
    assert not Delivery.objects.exists()
