"""The pages and APIs under a WSGI server (production)."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

application = get_wsgi_application()

from config.startup import assert_database, keep_connections  # noqa: E402 - after Django is set up

keep_connections()
assert_database()
