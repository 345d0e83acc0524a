"""Every page, as a person sees it: at two widths, light and dark, in French and English, without a complaint.

Each page is loaded twice and turned, so that every pair of (width, theme, language) is met: the faults of a page come
from its width with its theme, or from its words with its width, hardly from all three at once.
"""

import re
from html import unescape

import pytest
from django.test import Client

from config.tests.pages import by_reader, without_arguments
from kernel.testing.browser import LOOKS, assert_good_turned, visit
from live import tickets


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


@pytest.mark.django_db(transaction=True)
def test_the_stream_of_every_page_tells_what_its_parts_listen_for(school, client_of):
    heard = set()
    for name, theirs in by_reader().items():
        client = client_of(school[name]) if name else Client()
        for case in theirs:
            path = case.path(school)
            answer = client.get(path)
            text = "" if answer.streaming else answer.content.decode()
            if "<html" not in text:
                continue
            wanted = {topic for words in re.findall(r'data-live="([^"]+)"', text) for topic in words.split()}
            ticket = re.search(r'data-ticket="([^"]+)"', text)
            told = tickets.read(unescape(ticket[1])).topics if ticket else set()
            assert wanted <= told, f"{path} of {name}"
            heard |= {topic.partition(":")[0] for topic in wanted}
    assert heard == {"farm", "person", "course", "plan"}


@pytest.mark.browser
@pytest.mark.parametrize("look", LOOKS, ids=lambda look: "-".join(str(value) for value in look.values()))
def test_every_page(look, school, browser_page, client_of, subtests):
    for name, theirs in by_reader().items():
        reader = school[name] if name else None
        if reader:
            type(reader).objects.filter(pk=reader.pk).update(language=look["language"])
        client, page = client_of(reader) if reader else Client(), browser_page(reader, **look)
        for case in theirs:
            with subtests.test(page=case.name, reader=name or "nobody"):
                path = case.path(school)
                if is_page(client, path):
                    visit(page, path)
                    assert page.evaluate("document.documentElement.lang") == look["language"]
                    assert page.title()
                    assert_good_turned(page)
        page.context.close()
