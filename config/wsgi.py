"""The WSGI application: pages and APIs in production."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

application = get_wsgi_application()

from accounts import password_hashing  # noqa: E402 - needs Django to be set up
from config import data_folder, startup  # noqa: E402
from kernel.web.utf8_requests import Utf8WSGIRequest, read_as_utf8  # noqa: E402

read_as_utf8(application, Utf8WSGIRequest)

startup.keep_connections()
password_hashing.pool().leave_a_thread_free()
data_folder.keep_private()
startup.assert_database()
startup.import_views()
startup.import_later_after_the_first_answer()
startup.freeze_garbage_collector()
