"""Expired sessions and tokens are deleted; valid ones stay."""

from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone
from rest_framework_simplejwt.exceptions import TokenError
from rest_framework_simplejwt.token_blacklist.models import BlacklistedToken, OutstandingToken
from rest_framework_simplejwt.tokens import RefreshToken

from accounts import sessions
from accounts.tasks import forget_what_is_past
from kernel.database import pruning

pytestmark = [pytest.mark.django_db, pytest.mark.database]


def test_expired_sessions_and_tokens_are_deleted_and_no_others(alice, bob, monkeypatch):
    monkeypatch.setattr(pruning, "BATCH", 2)  # so that several batches are needed
    for person in (alice, bob):
        Client().force_login(person)
    tokens = [RefreshToken.for_user(alice) for _ in range(5)]
    sessions.sign_out_everywhere(alice)
    kept = RefreshToken.for_user(bob)
    past = timezone.now() - timedelta(seconds=1)
    OutstandingToken.objects.filter(user=alice).update(expires_at=past)
    Session.objects.filter(pk=Session.objects.first().pk).update(expire_date=past)

    forget_what_is_past()

    assert list(OutstandingToken.objects.values_list("jti", flat=True)) == [kept["jti"]]
    assert not BlacklistedToken.objects.exists()
    assert Session.objects.count() == 1
    assert OutstandingToken.objects.count() == 1
    assert len(tokens) == 5


def test_a_blacklisted_token_stays_blacklisted_until_it_expires(alice):
    token = RefreshToken.for_user(alice)
    token.blacklist()

    forget_what_is_past()

    with pytest.raises(TokenError):
        RefreshToken(str(token))
