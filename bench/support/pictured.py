"""Opens the pages of one version of Atelier in Chromium and saves their pictures: `pictured.py FOLDER`.

bench/pictures.py runs it with an earlier version and with this one (bench/support/earlier.py). The rows, the clock of
the server and the clock of the browser are the same in both. The pages get no live changes.
"""

import json
import os
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import any_version as version  # first: it sets up Django
import time_machine
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.core.wsgi import get_wsgi_application
from playwright.sync_api import Browser, sync_playwright

MOMENT = datetime(2026, 9, 29, 9, 20, tzinfo=UTC)  # a Tuesday
WIDTHS, THEMES = (1280, 390), ("light", "dark")
# The last ones make Chromium draw the same page in the same way each time.
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-lcd-text", "--font-render-hinting=none"]
FLAGS += ["--disable-partial-raster", "--run-all-compositor-stages-before-draw", "--disable-checker-imaging"]
# Finishes the animations, and waits until the result is drawn.
SETTLE = """new Promise(drawn => requestAnimationFrame(() => {
  document.getAnimations().forEach(animation => { try { animation.finish() } catch { animation.cancel() } });
  requestAnimationFrame(drawn);
}))"""


class Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class QuietHandler(WSGIRequestHandler):
    def log_message(self, *arguments: object) -> None:
        pass


def main() -> None:
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"  # Playwright has an event loop in this thread
    with time_machine.travel(MOMENT, tick=False), sync_playwright() as playwright:
        pages = fill()
        server = make_server("127.0.0.1", 0, get_wsgi_application(), Server, QuietHandler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        browser = playwright.chromium.launch(
            executable_path=os.environ.get("CHROMIUM", "/usr/bin/chromium"), args=FLAGS
        )
        url = f"http://127.0.0.1:{server.server_port}"
        names: list[str] = []
        for width in WIDTHS:
            for theme in THEMES:
                names += take(browser, url, pages, folder, width, theme)
        browser.close()
        server.shutdown()
    print(json.dumps(names))


def fill() -> dict[str, tuple[Any, str]]:
    """Create the rows, and return the pages: name -> (user, address)."""
    school = version.School()
    alice = school.person("alice", language="en", first_name="Alice", last_name="Martin")
    version.fill_week(school.person("bob", language="en", first_name="Bob", last_name="Weiss"), hours=6)
    version.fill_week(alice)
    course = version.new_course(40, 20, 4000)
    course.teacher.language = "en"
    course.teacher.save()
    task = list(course.tasks.order_by("pk"))[10]
    student = course.enrolments.filter(role="student").order_by("pk")[10].person.username
    week = f"/farm/?day={(MOMENT + timedelta(days=1)).date()}"
    return {
        "timeline": (alice, week),  # 390 px wide it is the agenda
        "table": (alice, f"{week}&view=table"),
        "matrix": (course.teacher, f"/courses/{course.pk}/"),
        "task": (course.teacher, f"/courses/{course.pk}/tasks/{task.pk}/"),
        "student": (course.teacher, f"/courses/{course.pk}/students/{student}/"),
    }


def take(browser: Browser, url: str, pages: Any, folder: Path, width: int, theme: Any) -> Iterator[str]:
    """Save a picture of each page, and yield its file name."""
    for name, (user, address) in pages.items():
        context = browser.new_context(
            viewport={"width": width, "height": 900},
            color_scheme=theme,
            reduced_motion="reduce",
            locale="en-GB",
            timezone_id="Europe/Paris",
        )
        context.add_cookies([{"name": "sessionid", "value": session(user), "url": url}])
        page = context.new_page()
        page.clock.set_fixed_time(MOMENT)
        page.route("**/events/**", lambda route: route.abort())
        answer = page.goto(url + address)
        assert answer is not None
        assert answer.status == 200, f"{address}: {answer.status}"
        page.wait_for_load_state("networkidle")
        page.evaluate(SETTLE)
        file = f"{name}-{width}-{theme}.png"
        page.screenshot(path=str(folder / file), full_page=True)
        context.close()
        yield file


def session(user: Any) -> str:
    """Sign this user in, and return the key of the session."""
    store = SessionStore()
    store[SESSION_KEY], store[HASH_SESSION_KEY] = str(user.pk), user.get_session_auth_hash()
    store[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    store.create()
    return str(store.session_key)


if __name__ == "__main__":
    main()
