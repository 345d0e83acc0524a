"""The admin: every page opens, no row can be changed there, and the actions work."""

import pytest
from django.contrib import admin
from django.urls import reverse

from accounts.models import AuditEvent
from gitsync.domain import hook_addresses
from gitsync.events import messages, outbox
from gitsync.models import Delivery, HookAddress, LocalCopy, OutboxEvent, Push, UnknownUrl
from gitsync.tests.synced_course import COURSE, commit, register, watch

pytestmark = pytest.mark.django_db
MODELS = [model for model in admin.site._registry if model._meta.app_label == "gitsync"]


@pytest.fixture
def school(time_machine):
    watch("/tp1", keywords="TP 1")
    owner = register()
    commit(owner, "TP 1", ["tp1/a"])
    outbox.emit(owner, messages.on_clone(owner))
    Delivery.objects.create(repository=owner.repository, delivery_hash="x", received_at=1, forge="github")
    Push.objects.create(repository=owner.repository, received_at=1)
    UnknownUrl.objects.create(url_hash="x", url="https://github.com/a/b", reported_at="2026-01-01T00:00Z")
    hook_addresses.hook_address_of(COURSE)
    return owner


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_every_list_and_page_opens_and_offers_no_change(school, staff, client_of, model):
    client, name = client_of(staff), model._meta.model_name
    assert client.get(reverse(f"admin:gitsync_{name}_changelist")).status_code == 200
    assert client.get(reverse(f"admin:gitsync_{name}_add")).status_code == 403
    for row in model.objects.all()[:1]:
        page = reverse(f"admin:gitsync_{name}_change", args=[row.pk])
        assert client.get(page).status_code == 200
        assert client.post(page, {}).status_code == 403
        assert client.post(reverse(f"admin:gitsync_{name}_delete", args=[row.pk]), {"post": "yes"}).status_code == 403
        assert model.objects.filter(pk=row.pk).exists()


def run_action(client, model, action, row) -> int:
    address = reverse(f"admin:gitsync_{model._meta.model_name}_changelist")
    return client.post(address, {"action": action, "_selected_action": [row.pk]}).status_code


def test_a_repository_is_paused_and_synced_again(school, staff, client_of):
    client, local_copy = client_of(staff), LocalCopy.objects.get()
    assert run_action(client, LocalCopy, "pause", local_copy) == 302
    local_copy.refresh_from_db()
    assert local_copy.status == LocalCopy.Status.PAUSED
    LocalCopy.objects.update(dirty=False)
    assert run_action(client, LocalCopy, "sync_now", local_copy) == 302
    local_copy.refresh_from_db()
    assert local_copy.dirty and local_copy.status != LocalCopy.Status.PAUSED
    verbs = list(AuditEvent.objects.order_by("pk").values_list("verb", flat=True))
    assert verbs[-2:] == ["gitsync.pause", "gitsync.sync_now"]


def test_only_a_paused_repository_is_resumed(school, staff, client_of):
    client, local_copy = client_of(staff), LocalCopy.objects.get()
    LocalCopy.objects.update(dirty=False)
    assert run_action(client, LocalCopy, "resume", local_copy) == 302
    assert not LocalCopy.objects.get().dirty
    run_action(client, LocalCopy, "pause", local_copy)
    run_action(client, LocalCopy, "resume", local_copy)
    local_copy.refresh_from_db()
    assert local_copy.dirty and local_copy.status != LocalCopy.Status.PAUSED
    assert AuditEvent.objects.filter(verb="gitsync.resume", actor=staff).count() == 1


def test_a_dead_event_is_sent_again(school, staff, client_of, queued, django_capture_on_commit_callbacks):
    OutboxEvent.objects.update(dead_at="2026-01-01T00:00Z", attempts=60, last_error="HTTP 500")
    event = OutboxEvent.objects.first()
    with django_capture_on_commit_callbacks(execute=True):
        assert run_action(client_of(staff), OutboxEvent, "send_again", event) == 302
    event.refresh_from_db()
    assert (event.dead_at, event.attempts, event.last_error) == (None, 0, "")
    assert ("gitsync.tasks.deliver", "local") in queued


def test_a_course_gets_a_new_hook_address_and_its_secret_is_not_shown(school, staff, client_of):
    client, hook_address = client_of(staff), HookAddress.objects.get()
    page = client.get(reverse("admin:gitsync_hookaddress_change", args=[hook_address.pk])).content.decode()
    assert hook_address.token in page and hook_address.secret not in page
    assert run_action(client, HookAddress, "renew", hook_address) == 302
    assert HookAddress.objects.get().token != hook_address.token
    assert AuditEvent.objects.filter(verb="gitsync.renew_hook_address", actor=staff).count() == 1


def test_the_admin_is_for_staff(school, teacher, client_of):
    assert client_of(teacher).get(reverse("admin:gitsync_localcopy_changelist")).status_code in (302, 403)
