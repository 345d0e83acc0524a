"""A person at a browser who clicks, types and waits, with a count of all of it and a picture of every page.

The minutes are those of the keystroke-level model (Card, Moran and Newell, 1980): 0.28 s for a key, 1.1 s to point,
0.1 s to press and 1.35 s to decide, and the seconds in which the person waits for a page. Reading is not counted.
"""

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Locator, Page, Response, expect

from kernel.testing.browser import NARROW, WIDE

KEY, CLICK = 0.28, 1.1 + 0.1 + 1.35  # seconds
SLOW = 3.0  # seconds that nobody wants to wait for a page


@dataclass
class Count:
    """The work of a role: clicks, keys, pages, and the seconds of waiting for pages."""

    clicks: int = 0
    keys: int = 0
    pages: int = 0
    waited: float = 0.0

    @property
    def minutes(self) -> float:
        return (self.clicks * CLICK + self.keys * KEY + self.waited) / 60


class Album:
    """The folder of the pictures: each page at 1280 and 390 pixels. Without a folder no picture is taken.

    dark: take each picture in the dark theme, too.
    """

    def __init__(self, folder: Path | None, *, dark: bool = False) -> None:
        self._folder, self._number, self._dark = folder, 0, dark
        if folder:
            folder.mkdir(parents=True, exist_ok=True)

    def take(self, page: Page, name: str) -> None:
        self._number += 1
        if self._folder is None:
            return
        for size in (WIDE, NARROW):
            page.set_viewport_size(size)
            file = self._folder / f"{self._number:02}-{name}-{size['width']}.png"
            page.screenshot(path=file, full_page=True, animations="disabled")
            if self._dark:
                page.emulate_media(color_scheme="dark")
                page.screenshot(path=file.with_stem(f"{file.stem}-dark"), full_page=True, animations="disabled")
                page.emulate_media(color_scheme="light")
        page.set_viewport_size(WIDE)


class Walker:
    """A person in a browser of their own. `role` names the line of the table that counts for them."""

    def __init__(self, browser: Browser, base: str, role: str, count: Count, album: Album, **options: Any) -> None:
        self.role, self.count, self._album = role, count, album
        self.faults: list[str] = []
        self._context = browser.new_context(
            base_url=base, viewport=WIDE, reduced_motion="reduce", **{"locale": "en", **options}
        )
        self._context.set_default_timeout(8_000)
        self.page = self._context.new_page()
        self.page.on("console", lambda message: self._note(message.text) if message.type == "error" else None)
        self.page.on("pageerror", lambda error: self._note(str(error)))
        self.page.on("response", self._look_at)

    def close(self) -> None:
        self._context.close()

    def open(self, address: str, name: str) -> None:
        """Open an address that the person was given: one click."""
        with self._page_comes(name):
            self.page.goto(address)

    def press(self, button: str, name: str = "", **options: Any) -> None:
        """Press a button; with `name` a page follows."""
        self._click(self.page.get_by_role("button", name=button, exact=True, **options), name)

    def follow(self, link: str, name: str = "", *, within: str = "body") -> None:
        """Click a link in a part of the page; with `name` a page follows."""
        self._click(self.page.locator(within).get_by_role("link", name=link, exact=True), name)

    def follow_first(self, selector: str, name: str) -> None:
        """Click the first of some links; a page follows."""
        self._click(self.page.locator(selector).first, name)

    def open_menu(self) -> None:
        self._click(self.page.locator("summary", has=self.page.locator(".at-avatar")))

    def tick(self, label: str) -> None:
        self._click(self.page.get_by_label(label, exact=True))

    def type(self, label: str, text: str) -> None:
        """Click into a field and type."""
        field = self.page.get_by_label(label, exact=True)
        self._click(field)
        field.fill(text)
        self.count.keys += len(text)

    def choose(self, label: str, option: str) -> None:
        """Choose of a list: one click to open it, one on the option."""
        self.page.get_by_label(label, exact=True).select_option(label=option)
        self.count.clicks += 2

    def pick_file(self, label: str, file: Path) -> None:
        """Choose a file: the button, the file, and Open."""
        self.page.get_by_label(label, exact=True).set_input_files(file)
        self.count.clicks += 3

    def sees(self, *texts: str) -> None:
        """Fail unless the page shows each text."""
        for text in texts:
            expect(self.page.locator("body")).to_contain_text(text)

    def waits_for(self, heading: str, name: str) -> None:
        """Wait up to a minute until this heading appears, and take a picture."""
        began = time.monotonic()
        expect(self.page.get_by_role("heading", name=heading, exact=True)).to_be_visible(timeout=60_000)
        self.count.waited += time.monotonic() - began
        self.picture(name)

    def picture(self, name: str) -> None:
        self._album.take(self.page, f"{self.role}-{name}")

    def _click(self, target: Locator, name: str = "") -> None:
        if not name:
            target.first.click()
            self.count.clicks += 1
            return
        with self._page_comes(name):
            target.first.click()

    @contextmanager
    def _page_comes(self, name: str) -> Iterator[None]:
        """Count a click and the page that it leads to, and take a picture."""
        self.count.clicks += 1
        self.count.pages += 1
        began = time.monotonic()
        with self.page.expect_navigation(wait_until="load"):
            yield
        seconds = time.monotonic() - began
        self.count.waited += seconds
        if seconds > SLOW:
            print(f"  slow: {self.role} waited {seconds:.1f} s for {name}", flush=True)
        self.picture(name)

    def _look_at(self, response: Response) -> None:
        if response.status >= 400:
            self._note(f"{response.status} {response.request.method} {response.url}")

    def _note(self, text: str) -> None:
        self.faults.append(f"{self.role}: {re.sub(r'/in/[^/]+', '/in/…', text)}")
