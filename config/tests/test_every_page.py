"""Every page in a browser: two widths, two themes, French and English, without problems.

Each page is loaded twice and then changed to the other theme and width, so that every pair of (width, theme, language)
is covered. Faults come from a width with a theme, or from a text with a width, hardly ever from all three together.
"""

import re
from html import unescape

import pytest
from django.test import Client

from config import schedule
from config.tests.pages import cases_by_user, pages_without_arguments
from kernel.testing.browser import DISPLAY_VARIANTS, assert_good_turned, visit
from live import tickets


def test_every_page_with_parameters_has_arguments():
    assert pages_without_arguments() == [], "add them to ARGUMENTS in config/tests/page_arguments.py"


def is_page(client: Client, path: str) -> bool:
    """Whether a GET answers with a whole page. Addresses of actions answer 405 or redirect to their page;
    the one of the first account has ended (410), because the school has people."""
    answer = client.get(path)
    location = answer.get("Location", "")
    if answer.status_code in (405, 410) or (answer.status_code == 302 and "sign-in" not in location):
        return False
    assert answer.status_code == 200, f"{path} answers {answer.status_code} {location}"
    return answer["Content-Type"].startswith("text/html") and b"<html" in answer.content


@pytest.mark.django_db(transaction=True)
def test_the_ticket_of_every_page_covers_the_topics_of_its_elements(school, client_of):
    kinds = set()
    for name, cases in cases_by_user().items():
        client = client_of(school[name]) if name else Client()
        for case in cases:
            path = case.path(school)
            answer = client.get(path)
            text = "" if answer.streaming else answer.content.decode()
            if "<html" not in text:
                continue
            needed = {
                topic.partition("#")[0]
                for topics in re.findall(r'data-live="([^"]+)"', text)
                for topic in topics.split()
            }
            ticket = re.search(r'data-ticket="([^"]+)"', text)
            allowed = tickets.read(unescape(ticket[1])).topics if ticket else set()
            assert needed <= allowed, f"{path} of {name}"
            kinds |= {topic.partition(":")[0] for topic in needed}
    assert kinds == {"farm", "person", "course", "plan"}


def variant_id(variant: dict[str, object]) -> str:
    return "-".join(str(value) for value in variant.values())


@pytest.mark.browser
@pytest.mark.parametrize("variant", DISPLAY_VARIANTS, ids=variant_id)
def test_every_page_has_no_problems_is_accessible_and_fits(variant, school, browser_page, client_of, subtests):
    for name, cases in cases_by_user().items():
        user = school[name] if name else None
        if user:
            type(user).objects.filter(pk=user.pk).update(language=variant["language"])
        client, page = client_of(user) if user else Client(), browser_page(user, **variant)
        for case in cases:
            with subtests.test(page=case.name, user=name or "nobody"):
                path = case.path(school)
                schedule.report_alive()  # none runs here, and /readyz is one of the pages
                if is_page(client, path):
                    visit(page, path)
                    assert page.evaluate("document.documentElement.lang") == variant["language"]
                    assert page.title()
                    assert_good_turned(page)
        page.context.close()
