"""Every page, as a person sees it: at two widths, light and dark, in French and English, without a complaint.

Each page is loaded four times, so that every pair of (width, theme, language) is met: the faults of a page come from
its width with its theme, or from its words with its width, hardly from all three at once.
"""

import pytest
from django.test import Client

from config.tests.pages import areas, cases, without_arguments
from kernel.testing.browser import assert_accessible, assert_fits, assert_quiet

LOOKS = [
    {"width": 1280, "theme": "light", "language": "fr"},
    {"width": 1280, "theme": "dark", "language": "en"},
    {"width": 390, "theme": "light", "language": "en"},
    {"width": 390, "theme": "dark", "language": "fr"},
]


def test_every_page_with_parameters_says_how_to_open_it():
    assert without_arguments() == [], "add them to ARGUMENTS in config/tests/pages.py"


def is_page(client: Client, path: str) -> bool:
    """Whether a GET answers with a whole document; 405 is an action, and an action's address may lead to its page."""
    answer = client.get(path)
    leads_to = answer.get("Location", "")
    if answer.status_code == 405 or (answer.status_code == 302 and "sign-in" not in leads_to):
        return False
    assert answer.status_code == 200, f"{path} answers {answer.status_code} {leads_to}"
    return answer["Content-Type"].startswith("text/html") and b"<html" in answer.content


@pytest.mark.browser
@pytest.mark.parametrize("area", areas())
def test_pages_of(area, school, browser_page, client_of, subtests):
    for case in cases(area):
        reader = school[case.reader] if case.reader else None
        with subtests.test(page=case.name, reader=case.reader or "nobody"):
            path = case.path(school)
            if not is_page(client_of(reader) if reader else Client(), path):
                continue
            for look in LOOKS:
                see(path, reader, look, browser_page)


def see(path, reader, look, browser_page):
    if reader:
        type(reader).objects.filter(pk=reader.pk).update(language=look["language"])
    page = browser_page(reader, **look)
    page.goto(path)
    assert page.evaluate("document.documentElement.lang") == look["language"]
    assert page.title()
    assert_quiet(page)
    assert_accessible(page)
    assert_fits(page)
    page.context.close()
