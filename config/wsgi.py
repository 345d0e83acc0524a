"""The pages and APIs under a WSGI server (production)."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

application = get_wsgi_application()

from config import startup  # noqa: E402 - after Django is set up

startup.keep_connections()
startup.assert_database()
startup.load_pages()
startup.spare_the_collector()
