"""The shared fixtures do what their docstrings say."""

import pytest
import redis
from celery import current_app
from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import connection

User = get_user_model()


def test_people_have_the_password_and_programs_have_none(alice, staff, program):
    assert alice.check_password("atelier-demo")
    assert staff.is_staff
    assert not program.has_usable_password()


def test_api_of_sends_the_bearer_token_of_the_account(alice, api_of):
    assert api_of(alice)._credentials["HTTP_AUTHORIZATION"].startswith("Bearer ey")


def test_the_data_folder_belongs_to_this_test_process():
    assert settings.ATELIER_HOME.name in ("main", "gw0", "gw1", "gw2", "gw3")
    assert settings.ATELIER_HOME.parent.name.startswith("atelier-test-")


def test_the_test_database_is_not_that_of_an_instance(db):
    assert "test" in str(connection.settings_dict["NAME"]).rsplit("/", 1)[-1]


def test_the_broker_receives_a_task(broker):
    current_app.send_task("nothing.here", queue="of-this-test")
    assert redis.Redis.from_url(broker).llen("of-this-test") == 1


def test_without_the_broker_fixture_no_task_leaves_the_process(broker_server):
    current_app.send_task("nothing.here", queue="elsewhere")
    assert redis.Redis.from_url(broker_server).llen("elsewhere") == 0


def test_queries_of_counts_queries(db, queries_of):
    assert len(queries_of(lambda: (User.objects.count(), User.objects.exists()))) == 2


def test_assert_flat_catches_a_query_per_row(db, assert_flat, person):
    def read_one_by_one():
        return [User.objects.get(pk=pk) for pk in User.objects.values_list("pk", flat=True)]

    def read_all():
        return list(User.objects.all())

    assert_flat(read_all, lambda: [person(f"a{n}") for n in range(3)])
    with pytest.raises(AssertionError, match="queries"):
        assert_flat(read_one_by_one, lambda: [person(f"b{n}") for n in range(3)])
