#!/usr/bin/env python3
"""The health check of a container: `healthcheck.py http PORT [PATH]` or `healthcheck.py schedule`. Exit code 0 or 1."""

import os
import sys
import time
import urllib.request
from pathlib import Path
from urllib.parse import urlsplit

SCHEDULE_AGE = 600  # seconds; beat writes its file at least every three minutes


def main() -> int:
    kind, *rest = sys.argv[1:]
    return http(int(rest[0]), rest[1] if len(rest) > 1 else "/livez") if kind == "http" else schedule()


def http(port: int, path: str) -> int:
    """Return 0 when the page answers 200. The Host header is one that ALLOWED_HOSTS accepts."""
    allowed = os.environ.get("ALLOWED_HOSTS", "").split(",")[0].strip().lstrip(".")
    host = allowed or urlsplit(os.environ.get("PUBLIC_URL", "")).hostname or "localhost"
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", headers={"Host": host})
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:
            return 0 if answer.status == 200 else 1
    except OSError as error:
        print(error)
        return 1


def schedule() -> int:
    """Return 0 when beat has written its file in the last SCHEDULE_AGE seconds."""
    folder = Path(os.environ.get("ATELIER_HOME", "var"), "schedule")
    newest = max((file.stat().st_mtime for file in folder.glob("beat*")), default=0.0)
    return 0 if time.time() - newest < SCHEDULE_AGE else 1


if __name__ == "__main__":
    sys.exit(main())
