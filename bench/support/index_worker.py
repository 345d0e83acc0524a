"""A process of bench_term: "address head" lines come in, and the store of each becomes rows of commits and files."""

import os
import sys
import time
from pathlib import Path

from bench.support import instance


def main() -> None:
    with instance.atelier(Path(os.environ["ATELIER_HOME"]), prepare=False):
        from django.db import connection

        from config import startup
        from gitsync.git import history
        from gitsync.syncing import lease, recording

        startup.freeze_garbage_collector()
        connection.ensure_connection()
        print("ready", flush=True)
        for line in sys.stdin:
            address, head = line.split()
            claim = lease.claim(int(address))
            assert claim is not None
            with lease.renewed(claim), history.open_store(claim.folder) as past:
                recording.record(claim, past, [head], [], recording.ReadWindow(None, int(time.time())))


if __name__ == "__main__":
    main()
