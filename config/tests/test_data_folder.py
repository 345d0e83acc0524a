"""The data folder is closed to other users of the machine, also one that was open before."""

import pytest

from kernel.testing.ports import free_port
from kernel.testing.processes import Instance, run_command

pytestmark = pytest.mark.processes


def rights(path):
    return path.stat().st_mode & 0o777


def test_the_data_folder_and_its_files_are_closed_to_others(tmp_path):
    home = tmp_path / "home"
    instance = Instance(home)
    try:
        instance.wait_ready()
        assert rights(home) == 0o700
        open_paths = [path for path in home.rglob("*") if not path.is_symlink() and rights(path) & 0o077]
        assert open_paths == []
        assert not instance.log_contains("other users of this machine")
    finally:
        instance.end()


def test_an_open_data_folder_is_closed_and_that_is_said(tmp_path):
    (tmp_path / "git" / "store").mkdir(parents=True)
    for path in (tmp_path / "atelier.sqlite3", tmp_path / "git" / "store" / "config"):
        path.write_text("")
        path.chmod(0o644)
    tmp_path.chmod(0o755)
    result = run_command("manage.py", tmp_path, DATABASE_URL="mysql://a:b@127.0.0.1:1/c", PORT=str(free_port()))
    assert f"other users of this machine could read 5 files and folders in {tmp_path}" in result.stdout
    assert rights(tmp_path) == rights(tmp_path / "git" / "store") == 0o700
    assert rights(tmp_path / "atelier.sqlite3") == rights(tmp_path / "git" / "store" / "config") == 0o600
