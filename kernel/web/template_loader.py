"""Loads the templates of the `templates` folder without their indentation.

Browsers do not need it, and it makes pages longer, compressed ones too.
"""

import re

from django.conf import settings
from django.template import Engine, Origin
from django.template.loaders import cached, filesystem

AROUND_LINE_BREAKS = re.compile(r"[ \t]*\n\s*", re.ASCII)  # a no-break space is text
# A line with only tags that write nothing themselves would leave an empty line in the page, so the line break after it
# is removed. The one before it stays, and so does that at the beginning of a template: it separates words.
SILENT = "load|if|elif|else|endif|for|empty|endfor|with|endwith|block|endblock"
SILENT_TAG = rf"\{{% (?:{SILENT})\b(?:(?!%\}})[^\n])*%\}}|\{{#(?:(?!#\}})[^\n])*#\}}"
AFTER_LONE_TAG = re.compile(rf"(?<=\n)((?:{SILENT_TAG})+)\n")
KEEPING_SPACES = ("<pre", "<textarea")  # elements that show every space


class Loader(filesystem.Loader):
    """Loads HTML and SVG without indentation; other templates, such as mails in plain text, as they are."""

    def get_contents(self, origin: Origin) -> str:
        contents = str(super().get_contents(origin))
        if settings.DEBUG or not str(origin.name).endswith((".html", ".svg")):  # a developer wants the line numbers
            return contents
        if any(element in contents for element in KEEPING_SPACES):
            return contents
        return without_indentation(contents)


class Loaders(cached.Loader):
    """Keeps compiled templates: ours, then those of packages."""

    def __init__(self, engine: Engine) -> None:
        ours = f"{Loader.__module__}.{Loader.__qualname__}"
        super().__init__(engine, [ours, "django.template.loaders.app_directories.Loader"])


def without_indentation(contents: str) -> str:
    """Remove the spaces at both ends of lines, empty lines, and the line break after a lone tag that writes nothing."""
    return AFTER_LONE_TAG.sub(r"\1", AROUND_LINE_BREAKS.sub("\n", contents))
