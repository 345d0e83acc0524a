"""The demonstration's Git server: the git program reads its repositories and cannot write to them."""

import subprocess
import threading
from datetime import UTC, datetime, timedelta

import pytest

from gitsync.demo import repositories, server

START = datetime(2026, 9, 14, 14, 0, tzinfo=UTC)


def change(step, text, message="Work"):
    return repositories.Change(START + timedelta(days=step), "Inès Abdelkader", message, {"tp1/main.c": text})


@pytest.fixture
def forge(tmp_path):
    web = server.serve(tmp_path / "git", "127.0.0.1", 0)
    threading.Thread(target=web.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    yield f"http://127.0.0.1:{web.server_port}", tmp_path / "git"
    web.shutdown()
    web.server_close()


def git(*arguments):
    return subprocess.run(["git", *arguments], capture_output=True, text=True, timeout=60)


def test_git_clones_and_pulls_a_created_repository(forge, tmp_path):
    url, root = forge
    repositories.create(root / "ines.git", [change(0, "one\n"), change(1, "one\ntwo\n", "TP 1 : terminé")])

    assert git("clone", f"{url}/ines.git", str(tmp_path / "work")).returncode == 0
    assert (tmp_path / "work/tp1/main.c").read_text() == "one\ntwo\n"
    log = git("-C", str(tmp_path / "work"), "log", "--format=%an|%at|%s").stdout.splitlines()
    assert log[0] == f"Inès Abdelkader|{int((START + timedelta(days=1)).timestamp())}|TP 1 : terminé"

    sha = repositories.add_commit(root / "ines.git", change(2, "three\n"))
    assert git("-C", str(tmp_path / "work"), "pull", "-q").returncode == 0
    assert git("-C", str(tmp_path / "work"), "rev-parse", "HEAD").stdout.strip() == sha
    assert repositories.read_file(root / "ines.git", "tp1/main.c") == "three\n"
    assert repositories.read_file(root / "ines.git", "nothing") == ""


def test_the_same_changes_give_the_same_commits_once(tmp_path):
    for name in ("a.git", "b.git"):
        repositories.create(tmp_path / name, [change(0, "one\n")])
        repositories.create(tmp_path / name, [change(0, "another\n")])
    heads = [git("-C", str(tmp_path / name), "rev-parse", "main").stdout for name in ("a.git", "b.git")]
    assert heads[0] == heads[1] != ""


def test_the_server_refuses_a_push(forge, tmp_path):
    url, root = forge
    repositories.create(root / "ines.git", [change(0, "one\n")])
    work = str(tmp_path / "work")
    git("clone", "-q", f"{url}/ines.git", work)
    git("-C", work, "-c", "user.name=x", "-c", "user.email=x@y.z", "commit", "-q", "--allow-empty", "-m", "x")
    assert git("-C", work, "push", "-q").returncode != 0


@pytest.mark.parametrize("name", ["none.git", "..", "%2e%2e/secret.git", "a/b.git", "ines"])
def test_other_paths_are_not_served(forge, tmp_path, name):
    url, root = forge
    repositories.create(root.parent / "secret.git", [change(0, "one\n")])
    assert git("ls-remote", f"{url}/{name}").returncode != 0


@pytest.mark.parametrize(("name", "written"), [("Inès <b>", "Inès b"), ("<>", "student"), ("a\nb", "ab")])
def test_a_name_with_signs_that_git_uses_itself_is_written_without_them(tmp_path, name, written):
    """It ended the demonstration's student."""
    repositories.create(tmp_path / "ines.git", [repositories.Change(START, name, "Work", {"main.c": "one\n"})])
    assert git("-C", str(tmp_path / "ines.git"), "log", "--format=%an", "main").stdout.strip() == written
