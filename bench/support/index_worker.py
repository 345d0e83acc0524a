"""A worker process of bench/term.py: it reads stores and writes rows of commits and files.

It prints "ready" when it has started. Then each line of its standard input names one store: "repository-id head-sha".
"""

import os
import sys
import time
from pathlib import Path

from bench.support import instance


def main() -> None:
    with instance.atelier(Path(os.environ["ATELIER_HOME"]), prepare=False):
        from django.db import connection, transaction

        from config import startup
        from gitsync.git import history
        from gitsync.syncing import lease, recording
        from gitsync.syncing.receipts import ReadWindow

        startup.freeze_garbage_collector()
        connection.ensure_connection()
        print("ready", flush=True)
        for line in sys.stdin:
            repository_id, head = line.split()
            claim = lease.claim(int(repository_id))
            assert claim is not None
            with lease.renewed(claim), history.open_store(claim.folder) as commit_history:
                window = ReadWindow(None, int(time.time()), int(time.time()))
                recording.record(claim, commit_history, [head], [], window, time.monotonic() + 600)
            with transaction.atomic():
                lease.locked(claim)
                lease.release(claim, dirty=False)  # else it would keep one of the slots of its server


if __name__ == "__main__":
    main()
