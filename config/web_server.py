"""The web server of production: granian with our code, imported once before it forks its workers.

    python -m config.web_server --interface wsgi config.wsgi:application --workers 2

A worker starts at once, also when it replaces one that failed, and all share the memory of the code. The database is
checked before the first fork: a wrong one stops the server with one sentence.
"""

from granian.cli import entrypoint

import config.wsgi  # noqa: F401 - the workers find it in sys.modules

if __name__ == "__main__":
    entrypoint()  # type: ignore[no-untyped-call]
