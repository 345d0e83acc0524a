"""The ASGI application: pages and event stream in `manage.py up`, only the event stream in production."""

import os
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

django.setup(set_prefix=False)

from config import data_folder, startup  # noqa: E402 - needs Django to be set up
from config.admission import Admission  # noqa: E402
from config.asgi_handler import OneCallHandler  # noqa: E402
from kernel.web.utf8_requests import Utf8ASGIRequest, read_as_utf8  # noqa: E402
from live.stream import EventStream  # noqa: E402

django_application = read_as_utf8(OneCallHandler(), Utf8ASGIRequest)
data_folder.keep_private()
startup.assert_database()
startup.allow_many_connections()
startup.keep_sqlite_connections()
stream = EventStream()
pages = Admission(django_application)
startup.import_views()
startup.import_later_after_the_first_answer()
startup.freeze_garbage_collector()


async def application(scope: Any, receive: Any, send: Any) -> None:
    """Serve the event stream outside Django, so that no middleware opens a connection for it.

    Refuse WebSockets: the server then answers 403 to the handshake. Django would raise an exception.
    """
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.close"})
        return
    is_stream = scope["type"] == "http" and scope["path"] == "/events/"
    await (stream if is_stream else pages)(scope, receive, send)
