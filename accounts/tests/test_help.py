"""The help: its pages, its sections in both languages, and its words, which are those of the pages."""

import ast
import html
import re
from functools import cache

import polib
import pytest
from django.conf import settings
from django.test import Client
from django.urls import resolve

from accounts.help_texts import FOLDER, LANGUAGES, ROLES, help_text

BOLD = re.compile(r"\*\*(.+?)\*\*")
LINK = re.compile(r"\]\((.+?)\)")
TAG = re.compile(r"""\{% translate (["'])(.+?)\1""")
BLOCK = re.compile(r"\{% blocktranslate[^%]*%\}(.*?)\{% endblocktranslate %\}", re.DOTALL)
SHORT, LONG = 12, 45  # lines of a help file
FUNCTIONS = {"_", "gettext", "gettext_lazy", "gettext_noop", "pgettext", "pgettext_lazy"}


def words_of(role, language):
    """Return the words of the interface that a help file quotes, in their order."""
    return BOLD.findall((FOLDER / f"{role}.{language}.md").read_text(encoding="utf-8"))


@cache
def product_texts():
    """Return every text of a page that is marked for translation."""
    texts = set()
    for path in (settings.BASE_DIR / "templates").rglob("*.html"):
        source = path.read_text()
        texts |= {html.unescape(text) for _quote, text in TAG.findall(source)}
        texts |= {" ".join(text.split()) for block in BLOCK.findall(source) for text in block.split("{% plural %}")}
    for app in ("accounts", "config", "courses", "farm", "gitsync", "kernel", "mail"):
        for path in (settings.BASE_DIR / app).rglob("*.py"):
            texts |= set(texts_in(path.read_text()))
    return texts


def texts_in(source):
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in FUNCTIONS:
            for argument in node.args:
                if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                    yield argument.value


@pytest.mark.parametrize("role", ROLES)
def test_every_word_that_a_help_page_quotes_is_a_text_of_the_product(role):
    words = words_of(role, "en")
    assert words
    assert not set(words) - product_texts()


@pytest.mark.parametrize("role", ROLES)
def test_the_french_help_quotes_the_same_words_in_the_same_order(role):
    catalogue = polib.pofile(str(settings.BASE_DIR / "locale/fr/LC_MESSAGES/django.po"))
    translations = {}
    for entry in catalogue:
        translations.setdefault(entry.msgid, set()).update({entry.msgstr, *entry.msgstr_plural.values()})
    english, french = words_of(role, "en"), words_of(role, "fr")
    assert len(english) == len(french)
    wrong = [(en, fr) for en, fr in zip(english, french, strict=True) if fr not in translations.get(en, ())]
    assert wrong == []


@pytest.mark.parametrize("role", ROLES)
def test_every_link_of_a_help_page_leads_to_a_page_and_is_the_same_in_both_languages(role):
    english, french = (LINK.findall((FOLDER / f"{role}.{language}.md").read_text()) for language in LANGUAGES)
    assert english == french
    assert english
    assert all(resolve(address.partition("#")[0]) for address in english)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("role", ROLES)
def test_every_help_is_short_and_has_three_sections(role, language):
    text = help_text(role, language)
    assert text.title and text.beginning and len(text.sections) == 3
    assert all(section.title and section.text for section in text.sections)
    lines = (FOLDER / f"{role}.{language}.md").read_text(encoding="utf-8").splitlines()
    assert SHORT <= len(lines) <= LONG


def test_another_language_reads_english():
    assert help_text("student", "de") == help_text("student", "en") != help_text("student", "fr")


@pytest.mark.django_db
def test_everybody_gets_the_help_of_their_role_and_can_read_the_others(client_of, alice, teacher, staff):
    expected = [(None, "student"), (alice, "student"), (teacher, "teacher"), (staff, "staff")]
    for person, role in expected:
        client = client_of(person) if person else Client(headers={"accept-language": "en"})
        text = client.get("/help/").content.decode()
        assert f"<h1>{help_text(role, 'en').title}</h1>" in text
        assert all(f'href="/help/{name}/"' in text for name in ROLES)
    assert Client().get("/help/nobody/").status_code == 404


@pytest.mark.django_db
def test_every_page_and_the_administration_lead_to_the_help(client, client_of, staff):
    pages = [client.get("/sign-in/"), *(client_of(staff).get(path) for path in ("/", "/admin/", "/farm/", "/nowhere/"))]
    assert all('href="/help/"' in page.content.decode() for page in pages)
