"""Debian's Chromium, driven as a person would: signed in, at a width, in light or dark, in French or English.

A test that uses these is marked `browser` and, because the site is another process, asks for `transactional_db`.
"""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Literal

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, ViewportSize, expect, sync_playwright

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
AXE_RULES = {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
AXE_COLOURS = {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}  # what a theme alone can break
# The style sheets are not fetched again for axe: no rule of these looks into them.
RUN_AXE = "rules => axe.run(document, {runOnly: rules, resultTypes: ['violations'], preload: {assets: ['media']}})"
THEMES: list[Literal["light", "dark"]] = ["light", "dark"]
WIDE: ViewportSize = {"width": 1280, "height": 900}
NARROW: ViewportSize = {"width": 390, "height": 844}
# One load each, and each is turned to the other theme and the other width (`assert_good_turned`): so every pair of
# (width, theme, language) is met.
LOOKS = [
    {"width": 1280, "theme": "light", "language": "fr"},
    {"width": 390, "theme": "dark", "language": "en"},
]
# What moves (and does so only once) has moved, and is drawn.
SETTLE = """new Promise(drawn => requestAnimationFrame(() => {
  const once = animation => animation.effect.getComputedTiming().endTime !== Infinity;
  document.getAnimations().filter(once).forEach(animation => animation.finish());
  requestAnimationFrame(drawn);
}))"""
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
            viewport={**(WIDE if width > 600 else NARROW), "width": width},
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


def visit(page: Page, path: str) -> Any:
    """Another address in the same page; what was heard of the last one is forgotten. Returns the answer."""
    for heard in vars(HEARD[page]).values():
        heard.clear()
    return page.goto(path)


def visit_live(page: Page, path: str, target: str) -> None:
    """An address with a live element of the id `target`: the stream is open, and what every connection brings has been
    fetched and stands in its place.
    """
    with page.expect_response(lambda answer: answer.request.headers.get("hx-target") == target):
        visit(page, path)
    expect(page.locator(".htmx-request, .htmx-swapping, .htmx-settling")).to_have_count(0)
    expect(page.locator("#live-dot")).to_have_text("Live")


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


def assert_accessible(page: Page, rules: dict[str, Any] = AXE_RULES) -> None:
    """axe-core finds nothing, in WCAG 2.2 AA nor in its best practices."""
    if page.evaluate("!window.axe"):
        page.evaluate(axe())
    result = page.evaluate(RUN_AXE, rules)
    found = [
        f"{rule['id']}: {rule['help']}\n    {node['html'][:160]}\n    {node['failureSummary']}"
        for rule in result["violations"]
        for node in rule["nodes"][:3]
    ]
    assert not found, f"axe found in {page.url}:\n" + "\n".join(found)


@cache
def axe() -> str:
    return AXE.read_text()


def assert_fits(page: Page) -> None:
    """Nothing hangs over the right edge: the page itself never scrolls sideways (a named region may)."""
    wide, seen = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
    assert wide <= seen, f"{page.url} is {wide} px wide in a window of {seen}"


def assert_good(page: Page, *, status: int = 200) -> None:
    """Quiet, accessible, and nothing hangs over; and still quiet after that."""
    assert_quiet(page, status=status)
    assert_accessible(page)
    assert_fits(page)
    assert_quiet(page, status=status)


def assert_good_turned(page: Page, *, status: int = 200) -> None:
    """Good as it is; then in the other theme, and at the other width: as evening comes, and as a tablet is turned.

    Nothing is loaded again. The theme changes colours alone, so those rules are asked again and no others.
    """
    assert_good(page, status=status)
    size = page.viewport_size
    theme = page.locator("html").get_attribute("data-bs-theme")
    assert size
    assert theme in THEMES
    other = THEMES[1 - THEMES.index(theme)]
    page.emulate_media(color_scheme=other)
    expect(page.locator("html")).to_have_attribute("data-bs-theme", other)
    page.evaluate(SETTLE)
    assert_accessible(page, AXE_COLOURS)
    page.set_viewport_size(NARROW if size["width"] > 600 else WIDE)
    page.evaluate(SETTLE)
    assert_fits(page)
    page.set_viewport_size(size)
    page.emulate_media(color_scheme=theme)
    assert_quiet(page, status=status)
