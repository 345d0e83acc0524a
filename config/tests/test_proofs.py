"""A short run of each proof, so that all of them still work when they are needed."""

import os
import sys

import pytest
from django.conf import settings

from kernel.testing import child_processes

pytestmark = pytest.mark.processes
# `make test` must not need a database server. Proofs that need one run with the tests on MariaDB.
on_mariadb = pytest.mark.skipif("DATABASE_URL" not in os.environ, reason="needs mariadb-server: make test-services")


def run(module, *arguments, services=False, **variables):
    """Run a proof as the Makefile does. With `services` it gets the MariaDB and Redis of scripts/services.py."""
    prefix = [sys.executable, "scripts/services.py", "--"] if services else []
    kept = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG", "TMPDIR")}
    command = [*prefix, sys.executable, "-m", module, *arguments]
    environment = kept | variables
    return child_processes.run(
        command, cwd=settings.BASE_DIR, env=environment, capture_output=True, text=True, timeout=240
    )


def test_every_stream_gets_every_change(broker):
    ended = run("proofs.live", "--streams", "20", "--changes", "3", "--late", "1", REDIS_URL=broker)

    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "changes received    60 of 60" in ended.stdout
    assert "missed              nothing" in ended.stdout


def test_mails_survive_a_server_that_is_down_and_a_killed_worker():
    ended = run("proofs.mail", "--seconds", "3", "--students", "20", "--kills", "1", "--hurry", "--without-daily")

    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "20 mails" in ended.stdout and "0 lost" in ended.stdout


def test_synchronizations_survive_a_killed_broker():
    ended = run("proofs.crash", "--tasks", "4", "--kill", "broker")

    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "4 of 4 done, 12 commits" in ended.stdout


def test_a_killed_worker_connects_a_class_with_its_forge_once():
    few = ("--forges", "gitlab", "--students", "24", "--points", "9", "--lease", "1", "--many", "0")
    ended = run("proofs.forge", *few)

    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "24 given, 24 registered, 24 with one hook" in ended.stdout


def test_a_killed_synchronization_ends_with_the_rows_of_a_complete_one():
    ended = run("proofs.killed_sync", "--points", "5", "9", "--lease", "1", "--rounds", "first import")

    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert ended.stdout.count("events each once in the dashboard") == 2


def test_hostile_addresses_and_servers_are_refused_with_a_reason():
    ended = run("proofs.hostile", "--seconds", "1", "--only", "hangs", "delta of 4 GB in 2 kB")

    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "VERDICT: all refused, all contained" in ended.stdout


def test_attacks_over_http_are_refused_or_contained():
    kinds = ("hosts", "smuggling", "paths", "charsets", "tokens", "csrf", "mass_assignment", "keys_of_others")
    ended = run("proofs.attacks", "--kinds", *kinds)

    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert ", 0 faults" in ended.stdout.splitlines()[-1]


def test_limits_hold_in_storms():
    ended = run("proofs.limits", "--only", "guesses", "refreshes", "askers", "--rounds", "1")

    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "VERDICT: 0 faults" in ended.stdout


def test_hostile_commits_are_contained():
    names = ["charset idna, 17 kB", "20,001 files", "a name of 70,000 bytes", "ten billion files"]
    ended = run("proofs.hostile_commits", "--only", *names)

    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "VERDICT: all contained" in ended.stdout


def test_odd_repositories_are_read_as_git_reads_them_or_explained():
    ended = run("proofs.odd_repositories", "--only", "a shallow server", "criss-cross", "2^30", "a forced push")

    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "VERDICT: all read as git reads them, or explained; none missed" in ended.stdout


def test_one_new_commit_fetches_few_bytes():
    ended = run("proofs.push_bytes")

    assert ended.returncode == 0, ended.stdout + ended.stderr


def test_a_dashboard_that_was_down_gets_every_event_once():
    ended = run("proofs.dashboard_down", "--seconds", "4", "--students", "2")

    assert ended.returncode == 0, ended.stdout + ended.stderr


def test_one_of_32_simultaneous_bookings_gets_the_last_gpu():
    ended = run("proofs.last_gpu", "--rounds", "1")

    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "1 x 201, 31 x 409; 31 say what is missing; allocations: 1" in ended.stdout


def test_the_capacity_invariant_holds_for_commands_in_any_order():
    ended = run("proofs.invariant", "--examples", "3", "--steps", "10", "--sweeps", "20")

    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "refused: " in ended.stdout


def test_the_pages_of_a_large_farm_need_no_more_queries():
    ended = run("proofs.farm_scale", "--past", "200", "--machines", "12")

    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "/farm/bookings/" in ended.stdout


def test_the_exports_of_a_course_open_and_run_nothing():
    ended = run(
        *("proofs.exports", "--students", "40", "--tasks", "6", "--commits", "500", "--without-libreoffice"),
    )

    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "0 formulas" in ended.stdout


def test_the_fuzz_proof_counts_responses_and_finds_no_5xx():
    ended = run("proofs.fuzz", "--times", "1", "--workers", "0", "--only", "accounts/tests/test_api_fuzz.py")

    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "VERDICT: no answer of 96 was 5xx" in ended.stdout


@pytest.mark.database
@on_mariadb
def test_a_storm_of_bookings_overbooks_only_without_the_lock():
    ended = run("proofs.storm", "--seconds", "3", "--control-seconds", "6", services=True)

    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "VERDICT: never overbooked, with the lock; overbooked without it" in ended.stdout


@pytest.mark.database
@on_mariadb
def test_a_database_killed_during_bookings_loses_nothing():
    arguments = ("--processes", "6", "--before", "2", "--away", "1", "--after", "5")
    ended = run("proofs.database_killed", *arguments)

    assert ended.returncode == 0, ended.stdout + ended.stderr


@pytest.mark.database
@on_mariadb
def test_the_benchmarks_run():
    ended = run("bench.booking", "--writers", "3", "--seconds", "1", services=True)

    assert "0 overbooked, 0 lost" in ended.stdout, ended.stdout + ended.stderr
