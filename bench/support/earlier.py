"""Measures the same thing with an earlier version of Atelier, on the same machine and in the same run.

    with earlier.checkout() as root:
        before = earlier.run(SCRIPT, root)            # the version EARLIER, in a process of its own
        now = earlier.run(SCRIPT, instance.ROOT)      # this version

A script that runs in both may use only what both have: Django, the models, the addresses of pages. It calls
`django.setup()` itself, creates its own rows, and prints one line of JSON last.
"""

import contextlib
import json
import os
import subprocess
import sys
import urllib.parse
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench.support import instance
from kernel.testing import child_processes

# The earlier version with which the speed of pages and writers is compared.
EARLIER = "v0.2.0"


@contextlib.contextmanager
def checkout(version: str = EARLIER) -> Iterator[Path]:
    """Yield a folder with the files of that version, which a tag or a commit names. It is removed at the end.

    Raises CalledProcessError where the repository does not have it, as in a shallow clone.
    """
    with child_processes.temporary_folder("atelier-earlier-") as name:
        archive = Path(name, "files.tar")
        subprocess.run(["git", "archive", "--output", str(archive), version], cwd=instance.ROOT, check=True)
        root = Path(name, "atelier")
        root.mkdir()
        subprocess.run(["tar", "--extract", "--file", str(archive), "--directory", str(root)], check=True)
        yield root


def run(script: Path, root: Path, *arguments: str, **variables: str) -> Any:
    """Run the script with the code in `root`, and return the JSON of its last line.

    It gets an empty data folder and an empty database, with the tables of that version. `variables` are added to its
    environment. Raises CalledProcessError when the script fails.
    """
    with child_processes.temporary_folder("atelier-measured-") as name:
        home = {"ATELIER_HOME": name, "DJANGO_SETTINGS_MODULE": "config.settings", "PYTHONPATH": str(root)}
        environment = os.environ | home | variables
        if "DATABASE_URL" in environment:
            environment["DATABASE_URL"] = empty_database(environment["DATABASE_URL"], "earlier")
        Path(name, "static").mkdir()
        for command in (["migrate", "-v0", "--noinput"], ["collectstatic", "-v0", "--noinput"]):
            subprocess.run([sys.executable, "manage.py", *command], cwd=root, env=environment, check=True)
        command = [sys.executable, str(script), *arguments]
        result = child_processes.run(command, cwd=root, env=environment, check=True, stdout=subprocess.PIPE, text=True)
        return json.loads(result.stdout.splitlines()[-1])


def empty_database(url: str, name: str) -> str:
    """Create a database of this name on the server of a MariaDB URL, and return its URL. An old one is dropped."""
    connection = connect(url)
    with contextlib.closing(connection), connection.cursor() as cursor:
        cursor.execute(f"DROP DATABASE IF EXISTS {name}")
        cursor.execute(f"CREATE DATABASE {name} CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci")
    return urllib.parse.urlsplit(url)._replace(path=f"/{name}").geturl()


def connect(url: str) -> Any:
    """Connect to the server of a MariaDB URL with a socket, through the driver alone."""
    import MySQLdb

    address = urllib.parse.urlsplit(url)
    socket = urllib.parse.parse_qs(address.query)["unix_socket"][0]
    name = address.path[1:]
    return MySQLdb.connect(user=address.username, password=address.password, unix_socket=socket, database=name)
