"""Everything under an ASGI server (embedded), or the event stream alone behind the proxy (production)."""

import os
from typing import Any

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

pages = get_asgi_application()

from config import startup  # noqa: E402 - after Django is set up
from live.stream import EventStream  # noqa: E402

startup.assert_database()
stream = EventStream()
startup.load_pages()
startup.spare_the_collector()


async def application(scope: Any, receive: Any, send: Any) -> None:
    """The event stream stands beside Django, so that no middleware opens anything for it."""
    at_stream = scope["type"] == "http" and scope["path"] == "/events/"
    await (stream if at_stream else pages)(scope, receive, send)
