"""Revoked addresses are removed after 400 days; others stay."""

from datetime import timedelta

import pytest
from django.utils import timezone

from calendars.models import CalendarAddress
from calendars.retention import REVOKED_KEPT
from calendars.tasks import forget_what_is_past

pytestmark = pytest.mark.django_db


def test_only_addresses_that_were_revoked_long_ago_are_removed(alice, path_for, read):
    paths = [path_for(alice, form_key=str(number)) for number in range(3)]
    old, recent, _open = CalendarAddress.objects.all()
    now = timezone.now()
    CalendarAddress.objects.filter(pk=old.pk).update(revoked_at=now - REVOKED_KEPT - timedelta(days=1))
    CalendarAddress.objects.filter(pk=recent.pk).update(revoked_at=now - REVOKED_KEPT + timedelta(days=1))
    forget_what_is_past()
    assert [read(path).status_code for path in paths] == [404, 410, 200]
