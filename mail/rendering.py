"""Renders the templates of mails: the first line is the subject, the rest is the text.

A template is plain text (`templates/<app>/mail/<name>.txt`). Nothing is escaped. `i18n` and `atelier` are loaded. It
gets the values of its caller, and `reader` and `link`.
"""

import re
import unicodedata
from functools import lru_cache
from typing import Any

from django.template import Context, Engine, Template, TemplateDoesNotExist

from mail.models import LINK_MARK
from mail.readers import Reader, as_read_by

SUBJECT_LENGTH = 200
LOADED = "{% load i18n atelier %}"
# Lines before the subject that write nothing.
SILENT_LINES = re.compile(r"(?:[ \t]*(?:\{% load [^%\n]*%\}|\{#[^\n]*#\})[ \t]*\n)*")


def render(reader: Reader, template: str, context: dict[str, Any]) -> tuple[str, str]:
    """Return the subject and the text, in the language and the time zone of the person.

    The text has LINK_MARK in place of the link. A line break or a control character of a name cannot leave the line of
    the subject.
    """
    subject, text = compiled_parts(template)
    values = {"reader": reader} | context | {"link": LINK_MARK}
    with as_read_by(reader):
        return one_line(_filled(subject, values)), clean_text(_filled(text, values))


def one_line(text: str) -> str:
    """Return the text as one line without control characters, at most SUBJECT_LENGTH characters long."""
    line = " ".join(_without_controls(text).split())
    return line if len(line) <= SUBJECT_LENGTH else f"{line[: SUBJECT_LENGTH - 1].rstrip()}…"


def clean_text(text: str) -> str:
    """Return the text without control characters, without spaces at the end of lines, and without double gaps."""
    lines = [line.rstrip() for line in _without_controls(text.replace("\r\n", "\n").replace("\r", "\n")).split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def _without_controls(text: str) -> str:
    """Leave out what no mail may contain: control characters and halves of characters (surrogates)."""
    kept = (letter for letter in text if letter in "\n\t" or unicodedata.category(letter) not in ("Cc", "Cs"))
    return "".join(kept)


def _filled(template: Template, values: dict[str, Any]) -> str:
    return str(template.render(Context(values, autoescape=False)))


@lru_cache(100)
def compiled_parts(name: str) -> tuple[Template, Template]:
    """Compile the subject and the text separately, so that a line break in a name does not end the subject."""
    source = _source(name)
    silent = SILENT_LINES.match(source)
    start = silent.group() if silent else ""
    subject, _break, text = source[len(start) :].partition("\n")
    engine = Engine.get_default()
    return engine.from_string(f"{LOADED}{start}{subject}"), engine.from_string(f"{LOADED}{start}{text}")


def _source(name: str) -> str:
    """Return the text of a template. It is not compiled as a whole: its parts are, with what LOADED loads."""
    for loader in Engine.get_default().template_loaders:
        for origin in loader.get_template_sources(name):
            try:
                return str(loader.get_contents(origin))  # type: ignore[attr-defined]  # every loader has it
            except TemplateDoesNotExist:
                continue
    raise TemplateDoesNotExist(name)
