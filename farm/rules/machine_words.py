"""The names, tags and other texts of a machine: one rule for forms, APIs and imports.

A text that one of them accepts is exported unchanged, and an import accepts it again.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

from django.utils.translation import gettext as _

from farm.rules.shown_words import as_malformed
from kernel.text.plain_words import BadWords, one_line, several_lines

MAX_TAGS = 20
MAX_TAG_LENGTH = 50
MOST_TYPED = 200  # tags with those that are empty or repeated


def clean_values(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values of a machine with its texts in their normal form.

    Other values stay as they are. Raises Malformed `invalid` with the field at fault.
    """
    cleaned = dict(values)
    for field, clean in CLEANERS.items():
        if field in cleaned:
            with as_malformed(field):
                cleaned[field] = clean(cleaned[field])
    return cleaned


def clean_tags(tags: Any) -> list[str]:
    """Return the tags, each once.

    Raises BadWords for too many tags, a tag that is too long, and a tag with a comma or a semicolon.
    """
    if not isinstance(tags, list) or not all(isinstance(tag, str) for tag in tags):
        raise BadWords(_("Tags are a list of words."))
    is_much = len(tags) > MOST_TYPED  # then the words are not looked at: that takes its time
    words = [] if is_much else list(dict.fromkeys(word for word in map(one_line, tags) if word))
    if is_much or len(words) > MAX_TAGS or any(len(word) > MAX_TAG_LENGTH for word in words):
        sentence = _("At most %(count)s tags of %(length)s letters, separated by commas.")
        raise BadWords(sentence % {"count": MAX_TAGS, "length": MAX_TAG_LENGTH})
    if any("," in word or ";" in word for word in words):
        raise BadWords(_("A tag contains no comma and no semicolon: they separate tags."))
    return words


def split_tags(text: str) -> list[str]:
    """Read `nvlink, 80 GB` as two tags."""
    return re.split(r"[,;\n]", text)


CLEANERS: dict[str, Callable[[Any], Any]] = {
    "name": one_line,
    "location": one_line,
    "gpu_model": one_line,
    "scheduler_node": one_line,
    "tags": clean_tags,
    "notes": several_lines,
}
