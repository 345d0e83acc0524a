"""No line of the log holds a ticket, the token of a hook address or a password in an address."""

import os
import secrets
import subprocess
import sys

import pytest
from django.conf import settings

from config.logs import mask_secrets

TOKEN = "hook-token_" + "hK3x" * 8  # 43 characters, as new_token makes them
# This runs in another process, with the real configuration of the logs. The hook fails with an exception.
REQUESTS = f"""
import django
django.setup()
from django.test import Client
from gitsync.webhooks import views
def secret_of(token):
    raise RuntimeError("broken at /hooks/" + token)
views.secret_of = secret_of
client = Client(raise_request_exception=False)
statuses = [
    client.get("/hooks/{TOKEN}").status_code,
    client.post("/hooks/{TOKEN}/", b"{{}}", content_type="application/json").status_code,
    client.get("/events/ticket", {{"ticket": "{TOKEN}"}}).status_code,
]
print(statuses)
raise SystemExit(statuses != [405, 500, 401])
"""


@pytest.mark.parametrize("style", ["console", "json"])
def test_refused_and_failed_requests_do_not_show_tickets_and_tokens(tmp_path, style):
    env = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "ATELIER_HOME": str(tmp_path),
        "DATABASE_URL": f"sqlite:///{tmp_path}/empty.sqlite3",
        "PYTHONPATH": str(settings.BASE_DIR),
        "ALLOWED_HOSTS": "testserver",
        "SECRET_KEY": secrets.token_hex(32),
        "LOG_FORMAT": style,
    }
    done = subprocess.run([sys.executable, "-c", REQUESTS], env=env, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    lines = done.stderr
    assert "/hooks/…" in lines and "/events/ticket?ticket=…" in lines and "broken at /hooks/…" in lines
    assert TOKEN not in lines
    assert "Logging error" not in lines


@pytest.mark.parametrize(
    ("line", "masked"),
    [
        ("GET /events/?last=3&ticket=abc:def_-=&x=1 HTTP/1.1", "GET /events/?last=3&ticket=…&x=1 HTTP/1.1"),
        ("POST /hooks/abc?x=1", "POST /hooks/…?x=1"),
        ('{"request": "POST /hooks/abc/"}', '{"request": "POST /hooks/…/"}'),
        ("POST /mail/stop/WzEsImEiXQ:1abc:x-_/ HTTP/1.1", "POST /mail/stop/…/ HTTP/1.1"),
        ("GET /in/k4Qz-81_x/ HTTP/1.1", "GET /in/…/ HTTP/1.1"),
        ("GET /first-account/IiI:1abc:x-_/ HTTP/1.1", "GET /first-account/…/ HTTP/1.1"),
        ("GET /calendars/b7-K_x.ics HTTP/1.1", "GET /calendars/… HTTP/1.1"),
        ("fetch https://me:pass@git.example/a.git", "fetch https://…@git.example/a.git"),
        ("fetch https://git.example/a@b:c", "fetch https://git.example/a@b:c"),
        ("POST /hooks/ and nothing", "POST /hooks/ and nothing"),
    ],
)
def test_secrets_in_addresses_are_masked(line, masked):
    assert mask_secrets(line) == masked
