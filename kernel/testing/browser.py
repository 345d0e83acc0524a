"""Fixtures and assertions for tests in Debian's Chromium: any user, width, theme and language.

A test that uses them is marked `browser`. The site runs in another process, so the test needs `transactional_db`.
"""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Literal

import pytest
from playwright.sync_api import BrowserContext, ConsoleMessage, Page, ViewportSize, expect

from kernel.testing.site_server import Site

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
AXE_COLOURS = {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}  # the rules that a theme can break
# axe need not fetch the style sheets again: none of these rules reads them.
# Only the violations are sent to the test: the list of all rules and elements that pass is long.
RUN_AXE = """rules => axe.run(document, {runOnly: rules, resultTypes: ['violations'], preload: {assets: ['media']}})
  .then(result => ({violations: result.violations}))"""
THEMES: list[Literal["light", "dark"]] = ["light", "dark"]
WIDE: ViewportSize = {"width": 1280, "height": 900}
NARROW: ViewportSize = {"width": 390, "height": 844}
# A page is loaded once per entry, and `assert_good_turned` then changes its theme and its width. Together they cover
# every pair of (width, theme, language).
DISPLAY_VARIANTS = [
    {"width": 1280, "theme": "light", "language": "fr"},
    {"width": 390, "theme": "dark", "language": "en"},
]
# Finishes every animation that runs only once, and waits until the result is drawn.
SETTLE = """new Promise(drawn => requestAnimationFrame(() => {
  const once = animation => animation.effect.getComputedTiming().endTime !== Infinity;
  document.getAnimations().filter(once).forEach(animation => animation.finish());
  requestAnimationFrame(drawn);
}))"""
# The browser reports a violation of the content security policy as an event. It is passed to the test at once, because
# the page may be left.
WATCH_POLICY = """
document.addEventListener('securitypolicyviolation', (event) => {
  window.policyBroken(`${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`);
});
"""


@dataclass
class PageProblems:
    """Errors on the console, policy violations and failed requests of a page since it was opened."""

    console: list[str] = field(default_factory=list)
    policy: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)


PAGE_PROBLEMS: dict[Page, PageProblems] = {}


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Launch Debian's Chromium for pytest-playwright's fixtures."""
    # Playwright runs an event loop in this thread. The ORM calls between its steps are synchronous all the same.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    return browser_type_launch_args | {"executable_path": CHROMIUM, "args": FLAGS}


@pytest.fixture
def browser_page(
    new_context: Callable[..., BrowserContext], site: Site, transactional_db: None
) -> Iterator[Callable[..., Page]]:
    """`browser_page(alice, width=390, theme="dark", language="fr")` returns an empty page of a browser of her own.

    Without a person nobody is signed in. The page's `goto("/farm/")` accepts addresses of the site.
    """

    def make(
        user: Any = None, *, width: int = 1280, theme: str = "light", language: str = "en", scripts: bool = True
    ) -> Page:
        context = new_context(
            base_url=site.url,
            viewport={**(WIDE if width > 600 else NARROW), "width": width},
            color_scheme="dark" if theme == "dark" else "light",
            reduced_motion="reduce",
            locale=language,
            java_script_enabled=scripts,
        )
        if user is not None:
            context.add_cookies([site.cookie(user)])  # type: ignore[list-item]
        page = context.new_page()
        record_problems(page)
        return page

    yield make
    PAGE_PROBLEMS.clear()


@pytest.fixture
def open_page(browser_page: Callable[..., Page]) -> Callable[..., Page]:
    """`open_page("/farm/", alice, width=390, theme="dark")` returns the page after it was loaded."""

    def load(path: str, user: Any = None, **options: Any) -> Page:
        page = browser_page(user, **options)
        page.goto(path)
        return page

    return load


def visit(page: Page, path: str) -> Any:
    """Open another address in the same page and clear its recorded problems. Return the response."""
    for problems in vars(PAGE_PROBLEMS[page]).values():
        problems.clear()
    return page.goto(path)


def visit_live(page: Page, path: str, target: str) -> None:
    """Open an address that has a live element with the id `target`, and wait until it is up to date.

    Afterwards the event stream is open, and the fragments that a page fetches on every connect are in place.
    """
    with page.expect_response(lambda response: response.request.headers.get("hx-target") == target):
        visit(page, path)
    expect(page.locator(".htmx-request, .htmx-swapping, .htmx-settling")).to_have_count(0)
    expect(page.locator("#live-dot")).to_have_text("Live")


def record_problems(page: Page) -> None:
    """Record the problems of this page in PAGE_PROBLEMS from now on."""
    problems = PAGE_PROBLEMS[page] = PageProblems()

    def on_console(message: ConsoleMessage) -> None:
        if message.type == "error":
            problems.console.append(f"{message.text} ({message.location.get('url', '')})")

    page.on("console", on_console)
    page.on("pageerror", lambda error: problems.console.append(str(error)))
    page.on("requestfailed", lambda request: problems.failed.append(f"{request.url} {request.failure}"))
    page.expose_binding("policyBroken", lambda source, text: problems.policy.append(text))
    page.add_init_script(WATCH_POLICY)


def assert_quiet(page: Page, *, status: int = 200) -> None:
    """Assert that there is no error on the console and no violation of the content security policy.

    Chromium writes one line about a page that answers with an error `status`. That line is expected.
    """
    problems = PAGE_PROBLEMS[page]
    console = problems.console
    if status >= 400:
        console = [line for line in console if not (f"status of {status}" in line and page.url in line)]
    assert not console, "errors on the console:\n" + "\n".join(console)
    assert not problems.policy, "the content security policy was violated:\n" + "\n".join(problems.policy)


def assert_accessible(page: Page, rules: dict[str, Any] = AXE_RULES) -> None:
    """Assert that axe-core finds no violation of WCAG 2.2 AA or of its best practices."""
    if page.evaluate("!window.axe"):
        page.evaluate(axe())
    result = page.evaluate(RUN_AXE, rules)
    violations = [
        f"{rule['id']}: {rule['help']}\n    {node['html'][:160]}\n    {node['failureSummary']}"
        for rule in result["violations"]
        for node in rule["nodes"][:3]
    ]
    assert not violations, f"axe found in {page.url}:\n" + "\n".join(violations)


@cache
def axe() -> str:
    """Return the source of axe-core."""
    return AXE.read_text()


def assert_fits(page: Page) -> None:
    """Assert that the page itself does not scroll sideways. A named region inside it may."""
    content, window = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
    assert content <= window, f"{page.url} is {content} px wide in a window of {window}"


def assert_good(page: Page, *, status: int = 200) -> None:
    """Assert that the page has no problems, is accessible and fits its width."""
    assert_quiet(page, status=status)
    assert_accessible(page)
    assert_fits(page)
    assert_quiet(page, status=status)


def assert_good_turned(page: Page, *, status: int = 200) -> None:
    """Assert `assert_good`, then the same in the other theme and at the other width, without loading the page again.

    A theme changes only colours, so only the rules about colours are checked again.
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
