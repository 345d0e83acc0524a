"""Debian's Chromium, driven as a person would: signed in, at a width, in light or dark, in French or English.

A test that uses these is marked `browser` and, because the site is another process, asks for `transactional_db`.
"""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright

from kernel.testing.site import Site

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
AXE = Path(__file__).parent.parent / "tests" / "vendor" / "axe-core" / "axe.min.js"
AXE_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# The browser tells of a broken policy by an event; it is carried out of the page at once, for a page may go away.
WATCH_POLICY = """
document.addEventListener('securitypolicyviolation', (event) => {
  window.policyBroken(`${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`);
});
"""


@dataclass
class Heard:
    """What a page complained about since it was opened."""

    console: list[str] = field(default_factory=list)
    policy: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)


HEARD: dict[Page, Heard] = {}


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    # Playwright keeps an event loop in this thread; the ORM calls between its steps are as synchronous as ever.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def browser_page(chromium: Browser, site: Site, transactional_db: None) -> Iterator[Callable[..., Page]]:
    """`browser_page(alice, width=390, theme="dark", language="fr")`: a page of that person's own browser, still empty.

    Without a person nobody is signed in. `goto("/farm/")` takes addresses of the site.
    """
    contexts = []

    def make(
        user: Any = None, *, width: int = 1280, theme: str = "light", language: str = "en", scripts: bool = True
    ) -> Page:
        context = chromium.new_context(
            base_url=site.url,
            viewport={"width": width, "height": 900 if width > 600 else 844},
            color_scheme="dark" if theme == "dark" else "light",
            reduced_motion="reduce",
            locale=language,
            java_script_enabled=scripts,
        )
        contexts.append(context)
        if user is not None:
            context.add_cookies([site.cookie(user)])  # type: ignore[list-item]
        page = context.new_page()
        listen(page)
        return page

    yield make
    for context in contexts:
        context.close()
    HEARD.clear()


@pytest.fixture
def open_page(browser_page: Callable[..., Page]) -> Callable[..., Page]:
    """`open_page("/farm/", alice, width=390, theme="dark")`: the page, loaded."""

    def load(path: str, user: Any = None, **how: Any) -> Page:
        page = browser_page(user, **how)
        page.goto(path)
        return page

    return load


def listen(page: Page) -> None:
    heard = HEARD[page] = Heard()

    def on_console(message: ConsoleMessage) -> None:
        if message.type == "error":
            heard.console.append(f"{message.text} ({message.location.get('url', '')})")

    page.on("console", on_console)
    page.on("pageerror", lambda error: heard.console.append(str(error)))
    page.on("requestfailed", lambda request: heard.failed.append(f"{request.url} {request.failure}"))
    page.expose_binding("policyBroken", lambda source, text: heard.policy.append(text))
    page.add_init_script(WATCH_POLICY)


def assert_quiet(page: Page, *, status: int = 200) -> None:
    """No error on the console and no report of the content security policy.

    Chromium itself notes a page that is answered with an error `status`: that one line is expected.
    """
    heard = HEARD[page]
    console = heard.console
    if status >= 400:
        console = [line for line in console if not (f"status of {status}" in line and page.url in line)]
    assert not console, "errors on the console:\n" + "\n".join(console)
    assert not heard.policy, "the content security policy was broken:\n" + "\n".join(heard.policy)


def assert_accessible(page: Page) -> None:
    """axe-core finds nothing, in WCAG 2.2 AA nor in its best practices."""
    page.evaluate(AXE.read_text())
    result = page.evaluate(
        "tags => axe.run(document, {runOnly: {type: 'tag', values: tags}, resultTypes: ['violations']})", AXE_RULES
    )
    found = [
        f"{rule['id']}: {rule['help']}\n    {node['html'][:160]}\n    {node['failureSummary']}"
        for rule in result["violations"]
        for node in rule["nodes"][:3]
    ]
    assert not found, f"axe found in {page.url}:\n" + "\n".join(found)


def assert_fits(page: Page) -> None:
    """Nothing hangs over the right edge: the page itself never scrolls sideways (a named region may)."""
    wide, seen = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
    assert wide <= seen, f"{page.url} is {wide} px wide in a window of {seen}"
