"""Everything under an ASGI server (embedded), or the event stream alone behind the proxy (production)."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

application = get_asgi_application()

from config.startup import assert_database  # noqa: E402 - after Django is set up

assert_database()
