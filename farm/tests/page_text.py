"""Reading the HTML of a farm page in a test."""

import re
from html import unescape


def text_of(response):
    """Return the HTML with all white space collapsed, and none before the end of a tag."""
    return re.sub(r"\s+", " ", response.content.decode()).replace(" >", ">")


def value_of(page, name):
    """Return the value of an input in the main part of the page; None where there is no such input."""
    main = page[page.index("<main") :]
    field = re.search(rf'<input[^>]*name="{name}"[^>]*>', main)
    value = re.search(r'value="([^"]*)"', field[0]) if field else None
    return unescape(value[1]) if value else None


def alternatives_of(page):
    """Return the hidden values of the form of each alternative."""
    forms = [form for form in page.split("<form")[1:] if "Take this" in form]
    return [dict(re.findall(r'type="hidden" name="([\w-]+)" value="([^"]*)"', form)) for form in forms]


def section_of(page, title):
    """Return the part of the page under this heading; "" where there is no such heading."""
    parts = re.split(r"<h2>", page)
    return next((part for part in parts if part.startswith(f"{title}</h2>")), "")
