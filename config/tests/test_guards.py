"""A missing or invalid setting stops every process at its start, with one sentence and no traceback."""

import socket

import pytest
from django.utils.crypto import get_random_string

from kernel.testing.ports import free_port
from kernel.testing.processes import COMMANDS, Instance, assert_stopped, run_command, wait_until

pytestmark = pytest.mark.processes
GOOD_KEY = get_random_string(50)
INVALID = {
    "PORT": ({"PORT": "odd"}, "PORT must be a whole number from 1 to 65535, not “odd”."),
    "port too high": ({"PORT": "70000"}, "PORT must be a whole number from 1 to 65535"),
    "HOST": ({"HOST": "no such host"}, "HOST must be an address or a name of this machine, not “no such host”."),
    "HOST with a port": ({"HOST": "localhost:80"}, "HOST must be an address or a name of this machine"),
    "all hosts without a key": ({"HOST": "0.0.0.0"}, "SECRET_KEY is missing"),
    "DEBUG": ({"DEBUG": "maybe"}, "DEBUG must be 0 or 1, not “maybe”."),
    "DEMO": ({"DEMO": "2"}, "DEMO must be 0 or 1"),
    "DEMO with a public host": (
        {"DEMO": "1", "ALLOWED_HOSTS": "school.example", "SECRET_KEY": GOOD_KEY},
        "DEMO=1 needs a host that only this machine can reach, and school.example is another",
    ),
    "DEMO with a public address": (
        {"DEMO": "1", "PUBLIC_URL": "https://school.example", "SECRET_KEY": GOOD_KEY},
        "DEMO=1 needs a host that only this machine can reach",
    ),
    "DEMO that listens for others": (
        {"DEMO": "1", "HOST": "0.0.0.0", "PUBLIC_URL": "http://localhost:8000", "SECRET_KEY": GOOD_KEY},
        "DEMO=1 needs a host that only this machine can reach, and 0.0.0.0 is another",
    ),
    "DEBUG with a public host": (
        {"DEBUG": "1", "ALLOWED_HOSTS": ".school.example", "SECRET_KEY": GOOD_KEY},
        "DEBUG=1 needs a host that only this machine can reach, and .school.example is another",
    ),
    "DEBUG with any host": ({"DEBUG": "1", "ALLOWED_HOSTS": "*", "SECRET_KEY": GOOD_KEY}, "DEBUG=1 needs a host"),
    "PUBLIC_URL": ({"PUBLIC_URL": "atelier.school.example"}, "PUBLIC_URL must be an address such as https://"),
    "no key": ({"ALLOWED_HOSTS": "atelier.school.example"}, "SECRET_KEY is missing"),
    "no key for a public address": ({"PUBLIC_URL": "https://atelier.school.example"}, "SECRET_KEY is missing"),
    "any host": ({"ALLOWED_HOSTS": "*"}, "SECRET_KEY is missing"),
    "short key": ({"SECRET_KEY": "secret"}, "SECRET_KEY is too weak"),
    "key with few different characters": ({"SECRET_KEY": "abcabc" * 10}, "SECRET_KEY is too weak"),
    "Django's example key": ({"SECRET_KEY": f"django-insecure-{GOOD_KEY}"}, "SECRET_KEY is too weak"),
    "DATABASE_URL": ({"DATABASE_URL": "postgres://a:b@c/d"}, "DATABASE_URL must be mysql://"),
    "no database name": ({"DATABASE_URL": "mysql://a:b@c/"}, "DATABASE_URL must be mysql://"),
    "REDIS_URL": ({"REDIS_URL": "localhost:6379"}, "REDIS_URL must start with redis://"),
    "TRUSTED_NETWORKS": ({"TRUSTED_NETWORKS": "10.0.0.0/8, school"}, "and “school” is not one."),
    "a network with host bits": ({"TRUSTED_NETWORKS": "10.0.0.1/8"}, "TRUSTED_NETWORKS must list networks"),
    "GIT_SCHEMES": ({"GIT_SCHEMES": "https,git"}, "GIT_SCHEMES must be https or https,ssh, not “https,git”."),
    "GIT_SCHEMES ssh": ({"GIT_SCHEMES": "ssh"}, "GIT_SCHEMES must be https or https,ssh, not “ssh”."),
    "GIT_LOCAL_SERVERS": ({"GIT_LOCAL_SERVERS": "localhost"}, "GIT_LOCAL_SERVERS must list host:port pairs"),
    "GIT_CREDENTIALS_KEY": ({"GIT_CREDENTIALS_KEY": "secret"}, "GIT_CREDENTIALS_KEY must list keys of 44 characters"),
    "DASHBOARD_URL": ({"DASHBOARD_URL": "ftp://school.example"}, "DASHBOARD_URL must be an address"),
    "GIT_MODULE_URL": ({"GIT_MODULE_URL": "school"}, "GIT_MODULE_URL must be an address"),
    "WIRE_DIALECT": ({"WIRE_DIALECT": "latin"}, "WIRE_DIALECT must be one of contract, aquiletour, not “latin”."),
    "EMAIL_URL": (
        {"EMAIL_URL": "mail.school.example"},
        "it starts with none of smtp://, smtps://, console: and file:///",
    ),
    "MAIL_FROM": ({"MAIL_FROM": "the school"}, "MAIL_FROM must be a sender such as Atelier <atelier@school.example>"),
    "FARM_NAMES": ({"FARM_NAMES": "nobody"}, "FARM_NAMES must be one of everyone, project, staff, not “nobody”."),
    "FARM_MAX_DAYS": ({"FARM_MAX_DAYS": "101"}, "FARM_MAX_DAYS must be a whole number from 1 to 100, not “101”."),
    "LANGUAGE_CODE": ({"LANGUAGE_CODE": "de"}, "LANGUAGE_CODE must be one of fr, en, not “de”."),
    "TIME_ZONE": ({"TIME_ZONE": "Paris"}, "TIME_ZONE must be a time zone such as Europe/Paris, not “Paris”."),
    "TIME_ZONE folder": ({"TIME_ZONE": "Europe"}, "TIME_ZONE must be a time zone such as Europe/Paris, not “Europe”."),
    "TIME_ZONE outside": ({"TIME_ZONE": "../../etc/passwd"}, "TIME_ZONE must be a time zone"),
    "PROXY_COUNT": ({"PROXY_COUNT": "-1"}, "PROXY_COUNT must be a whole number from 0 to 5"),
    "LOG_FORMAT": ({"LOG_FORMAT": "xml"}, "LOG_FORMAT must be one of console, json"),
}


@pytest.mark.parametrize("case", INVALID)
def test_an_invalid_variable_stops_the_start(case, tmp_path):
    variables, sentence = INVALID[case]

    result = run_command("manage.py", tmp_path, **variables)

    assert_stopped(result, sentence)
    assert result.stderr.count("\n") == 1, "one sentence, and nothing else"


@pytest.mark.parametrize("command", COMMANDS)
def test_every_process_stops_with_the_sentence(command, tmp_path):
    assert_stopped(run_command(command, tmp_path, TIME_ZONE="Paris"), "TIME_ZONE must be a time zone")


def test_the_sentence_does_not_contain_the_secret(tmp_path):
    for variables in ({"SECRET_KEY": "hush-hush"}, {"DATABASE_URL": "oracle://u:hush-hush@h/d"}):
        assert "hush-hush" not in run_command("manage.py", tmp_path, **variables).stderr


def test_a_read_only_data_folder_stops_the_start(tmp_path):
    (tmp_path / "file").write_text("")

    assert_stopped(run_command("manage.py", tmp_path / "file" / "home"), "ATELIER_HOME")


def test_a_generated_key_is_stored_once_and_closed_to_others(tmp_path):
    with socket.socket() as listener:  # with a taken port the start creates the key and then stops
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        keys = set()
        for _ in range(2):
            run_command("manage.py", tmp_path, PORT=str(listener.getsockname()[1]))
            keys.add((tmp_path / "secret_key").read_text())
    assert len(keys) == 1
    assert (tmp_path / "secret_key").stat().st_mode & 0o077 == 0


def test_a_taken_port_stops_the_start_before_any_process_is_started(tmp_path):
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]
        result = run_command("manage.py", tmp_path, PORT=str(port))

    assert_stopped(result, f"port {port} on 127.0.0.1 is taken by another program; choose another with PORT.")
    assert not (tmp_path / "broker").exists()
    assert not (tmp_path / "atelier.sqlite3").exists()


def test_a_host_that_is_not_this_machine_stops_the_start(tmp_path):
    result = run_command("manage.py", tmp_path, HOST="192.0.2.1", PORT=str(free_port()), SECRET_KEY=GOOD_KEY)

    assert_stopped(result, "HOST must be an address of this machine, and 192.0.2.1 is not.")


def test_a_second_instance_in_the_same_data_folder_is_stopped(tmp_path):
    first = Instance(tmp_path / "home")
    try:
        wait_until(lambda: first.log_contains("the database is up to date"), 60)
        assert_stopped(
            run_command("manage.py", tmp_path / "home", PORT=str(free_port())),
            f"another instance runs in {tmp_path / 'home'}; set another ATELIER_HOME for this one.",
        )
    finally:
        first.end()
