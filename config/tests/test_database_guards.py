"""A database that Atelier cannot work with stops every process that needs it, with one sentence and no traceback."""

import contextlib
import os
import sqlite3

import pytest
from django.db import connection

from kernel.testing.ports import free_port
from kernel.testing.processes import assert_stopped, run_command

pytestmark = pytest.mark.processes


def other_database(name: str, query: str = "") -> str:
    given, _, rest = os.environ["DATABASE_URL"].partition("?")
    return f"{given.rpartition('/')[0]}/{name}?{rest}{query}"


only_mysql = pytest.mark.skipif("connection.vendor != 'mysql'", reason="about settings of MariaDB and MySQL")
DATABASE_COMMANDS = ["manage.py", "worker", "uvicorn", "granian"]


@pytest.mark.parametrize("command", DATABASE_COMMANDS)
def test_an_unreachable_database_stops_the_start(command, tmp_path):
    result = run_command(command, tmp_path, DATABASE_URL="mysql://me:hush@127.0.0.1:1/atelier", PORT=str(free_port()))

    assert_stopped(result, "the database does not answer")
    assert "check DATABASE_URL" in result.stdout + result.stderr
    assert "hush" not in result.stdout + result.stderr


@pytest.fixture
def latin1_database(transactional_db):
    name = f"latin_{os.getpid()}"
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE DATABASE {name} CHARACTER SET latin1")
    yield name
    with connection.cursor() as cursor:
        cursor.execute(f"DROP DATABASE {name}")


@only_mysql
@pytest.mark.database
@pytest.mark.parametrize("command", DATABASE_COMMANDS)
def test_a_wrong_character_set_stops_the_start(command, latin1_database, tmp_path):
    result = run_command(command, tmp_path, DATABASE_URL=other_database(latin1_database), PORT=str(free_port()))

    assert_stopped(result, "the database's character set is latin1, but must be utf8mb4")


@only_mysql
@pytest.mark.database
def test_a_wrong_character_set_of_the_connection_stops_the_start(transactional_db, tmp_path):
    url = other_database(connection.settings_dict["NAME"], "&charset=latin1")

    assert_stopped(run_command("uvicorn", tmp_path, DATABASE_URL=url), "the connection's character set is latin1")


@only_mysql
@pytest.mark.database
@pytest.mark.parametrize("command", DATABASE_COMMANDS)
def test_a_wrong_isolation_level_stops_the_start(command, transactional_db, tmp_path):
    url = other_database(connection.settings_dict["NAME"], "&isolation_level=repeatable%20read")

    result = run_command(command, tmp_path, DATABASE_URL=url, PORT=str(free_port()))

    assert_stopped(result, "the isolation level is REPEATABLE-READ, but must be READ-COMMITTED")


@only_mysql
@pytest.mark.database
@pytest.mark.django_db
def test_a_statement_limit_too_small_for_an_event_stops_the_start(monkeypatch):
    from config import startup

    monkeypatch.setattr(startup, "PACKET_BYTES", 2**40)
    with pytest.raises(SystemExit, match="max_allowed_packet"):
        startup.assert_database()


@pytest.mark.database
@pytest.mark.django_db
def test_the_database_of_the_tests_passes_the_check():
    from config.startup import assert_database

    assert_database()


@pytest.mark.database
@pytest.mark.django_db
def test_a_thread_of_a_wsgi_server_reuses_its_connection_after_a_health_check(monkeypatch):
    from django.db import connections

    from config.startup import keep_connections

    monkeypatch.setitem(connections.settings, "default", dict(connections.settings["default"]))
    keep_connections()
    new_connection = connections.create_connection("default")
    assert new_connection.settings_dict["CONN_MAX_AGE"] > 0
    assert new_connection.settings_dict["CONN_HEALTH_CHECKS"] is True


@pytest.mark.parametrize("command", DATABASE_COMMANDS)
def test_a_database_newer_than_the_code_stops_the_start(command, tmp_path):
    database = tmp_path / "atelier.sqlite3"
    with contextlib.closing(sqlite3.connect(database)) as newer, newer:
        newer.execute("PRAGMA journal_mode=WAL")
        newer.execute("CREATE TABLE django_migrations (id integer PRIMARY KEY, app text, name text, applied datetime)")
        rows = [("farm", "0001_initial"), ("farm", "0999_later"), ("gitsync", "0999_later"), ("axes", "9999_theirs")]
        newer.executemany("INSERT INTO django_migrations (app, name, applied) VALUES (?, ?, '2030-01-01')", rows)
    result = run_command(command, tmp_path, DATABASE_URL=f"sqlite:///{database}", PORT=str(free_port()))
    assert_stopped(result, "the database is newer than this version of Atelier")
    assert "farm.0999_later and 1 more" in result.stdout + result.stderr
