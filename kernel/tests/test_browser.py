"""Each assertion of kernel/testing/browser.py fails on a page with the fault that it looks for."""

import pytest

from kernel.testing.browser import assert_accessible, assert_fits, assert_good, assert_good_turned, assert_quiet, visit

pytestmark = pytest.mark.browser

FAULTY = """<!doctype html><html lang="en"><head><title>Faulty</title></head><body><main><h1>Faulty</h1>%s</main>"""


def open_faulty_page(page, html, headers=None):
    page.route("**/faulty", lambda route: route.fulfill(body=FAULTY % html, content_type="text/html", headers=headers))
    page.goto("/faulty")
    return page


def test_a_page_without_faults_passes(browser_page):
    page = open_faulty_page(browser_page(), "<p>Nothing wrong.</p>")
    assert_quiet(page)
    assert_accessible(page)
    assert_fits(page)


def test_axe_finds_an_image_without_a_text(browser_page):
    page = open_faulty_page(browser_page(), '<img src="data:image/gif;base64,R0lGODlhAQABAAAAACwAAAAAAQABAAA=">')
    with pytest.raises(AssertionError, match="image-alt"):
        assert_accessible(page)


def test_an_error_on_the_console_is_found(browser_page):
    page = open_faulty_page(browser_page(), "<script>console.error('broken')</script>")
    with pytest.raises(AssertionError, match="broken"):
        assert_quiet(page)


def test_an_exception_in_a_script_is_found(browser_page):
    page = open_faulty_page(browser_page(), "<script>null.x</script>")
    with pytest.raises(AssertionError, match="null"):
        assert_quiet(page)


def test_a_violation_of_the_content_policy_is_found(browser_page):
    policy = {"Content-Security-Policy": "script-src 'none'"}
    page = open_faulty_page(browser_page(), "<script>1</script>", policy)
    page.wait_for_timeout(50)
    with pytest.raises(AssertionError):
        assert_quiet(page)


def test_a_page_too_wide_for_a_phone_is_found(browser_page):
    page = open_faulty_page(browser_page(width=390), '<div style="width:600px">wide</div>')
    with pytest.raises(AssertionError, match="px wide"):
        assert_fits(page)


@pytest.mark.parametrize("variant", [{"theme": "light", "width": 1280}, {"theme": "dark", "width": 390}])
@pytest.mark.parametrize(
    ("rule", "fault"),
    [
        ("[data-bs-theme=%(other)s] h1 { color: var(--bs-body-bg) !important }", "color-contrast"),
        ("@media (%(turned)s: 600px) { h1 { min-width: 2000px } }", "px wide"),
    ],
)
def test_a_fault_in_the_other_theme_or_width_is_found(browser_page, variant, rule, fault):
    page = browser_page(**variant)
    visit(page, "/sign-in/")
    wide = variant["width"] > 600
    words = {"other": "dark" if wide else "light", "turned": "max-width" if wide else "min-width"}
    page.evaluate(
        "rule => document.styleSheets[0].insertRule(rule, document.styleSheets[0].cssRules.length)", rule % words
    )
    assert_good(page)  # the page has no fault in the variant in which it was opened
    with pytest.raises(AssertionError, match=fault):
        assert_good_turned(page)


def test_the_problems_of_one_page_do_not_count_for_the_next(browser_page):
    page = open_faulty_page(browser_page(), "<script>console.error('broken')</script>")
    with pytest.raises(AssertionError, match="broken"):
        assert_quiet(page)
    visit(page, "/sign-in/")
    assert_quiet(page)
