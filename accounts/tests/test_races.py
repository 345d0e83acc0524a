"""Many guesses and many uses of one token at the same moment: each is counted before anything slow is done.

On SQLite (a file) and on MariaDB; every thread has its own connection.
"""

from collections import Counter

import pytest
from django.contrib.auth.hashers import MD5PasswordHasher
from django.test import Client
from rest_framework_simplejwt.token_blacklist.models import OutstandingToken

from accounts import guess_limits
from accounts.domain.invitations import invite
from accounts.models import AuditEvent, GuessCount, OneTimeLink
from kernel.testing.threads import run_at_once
from mail.models import Mail

GUESSES, REFRESHES = 25, 10
PASSWORD = "atelier-demo"
FORM, TOKEN, REFRESH = "/sign-in/", "/api/v1/token/", "/api/v1/token/refresh/"
HASHER = f"{__name__}.CountingHasher"
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.database]
checked: list[str] = []  # every password that was compared with a stored hash


class CountingHasher(MD5PasswordHasher):
    """Notes each password that it compares."""

    def verify(self, password, encoded):
        checked.append(password)
        return super().verify(password, encoded)


@pytest.fixture(autouse=True)
def _counted(settings):
    checked.clear()
    settings.PASSWORD_HASHERS = [HASHER]


def guess(path, password, name="alice"):
    fields = {"username": name, "password": password}
    kind = {} if path == FORM else {"content_type": "application/json"}
    return Client().post(path, fields, **kind).status_code


@pytest.mark.parametrize("path", [FORM, TOKEN])
def test_of_25_guesses_at_once_at_most_five_are_checked(alice, path):
    statuses = run_at_once(lambda number: guess(path, f"wrong {number}"), GUESSES)
    assert len(checked) == 5
    assert statuses.count(429) >= GUESSES - 5
    assert guess(path, PASSWORD) == 429
    assert PASSWORD not in checked
    assert AuditEvent.objects.filter(verb="accounts.lock_out").count() == 1


def test_the_right_password_among_the_later_guesses_is_refused(alice):
    for number in range(3):
        guess(FORM, f"early {number}")
    statuses = run_at_once(lambda number: guess(FORM, f"wrong {number}"), 10)
    assert guess(FORM, PASSWORD) == 429
    assert len(checked) == 5
    assert statuses.count(429) >= 8


def test_guesses_at_once_for_many_names_end_at_the_cap_of_the_address(alice, settings):
    settings.GUESSES_PER_ADDRESS = 12
    statuses = run_at_once(lambda number: guess(FORM, "wrong", f"name{number}"), GUESSES)
    assert statuses.count(200) <= 12
    assert statuses.count(429) >= GUESSES - 12
    assert GuessCount.objects.get(used__gt=1).used == 12
    event = AuditEvent.objects.get(verb="accounts.lock_out")
    assert event.subject == "address:127.0.0.1"


def test_a_count_at_once_never_passes_its_limit_and_is_recorded_once(db):
    limit = guess_limits.limit("name", "somebody", guesses=5)
    assert Counter(run_at_once(lambda _: guess_limits.take(limit), GUESSES)) == {True: 5, False: GUESSES - 5}
    assert run_at_once(lambda _: guess_limits.record_once(limit), 10).count(True) == 1


def test_a_refresh_token_used_ten_times_at_once_gives_one_pair(api, alice):
    refresh = api.post(TOKEN, {"username": "alice", "password": PASSWORD}).json()["refresh"]
    before = OutstandingToken.objects.count()

    def exchange(_):
        return Client().post(REFRESH, {"refresh": refresh}, "application/json").status_code

    assert Counter(run_at_once(exchange, REFRESHES)) == {200: 1, 401: REFRESHES - 1}
    assert OutstandingToken.objects.count() == before + 1


def test_two_invitations_at_once_leave_one_link_that_works(alice, teacher):
    alice.set_unusable_password()
    alice.save()
    for _round in range(5):
        run_at_once(lambda _number: invite(teacher, alice), 4)
        links = OneTimeLink.objects.filter(person=alice, used_at=None, ended_as="")
        assert links.count() == 1
        assert Mail.objects.exclude(path="").get().key.endswith(f":{links.get().pk}")
