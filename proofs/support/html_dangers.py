"""What a browser would run of a page."""

import re
from html.parser import HTMLParser

RUNS = re.compile(r"\s*(javascript|vbscript|data):", re.IGNORECASE)


class Dangers(HTMLParser):
    """What a browser would run of a page: inline scripts, handlers, links that are scripts."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag == "script" and "src" not in values and values.get("type", "") != "application/json":
            self.found.append("an inline script")
        if tag in ("iframe", "object", "embed", "base"):
            self.found.append(f"<{tag}> {values}")
        for name, value in values.items():
            is_link = name in ("href", "src", "action", "formaction", "xlink:href", "data")
            is_data_image = name == "src" and value.startswith("data:image/")
            if name.startswith("on") or (
                is_link and not is_data_image and RUNS.match(re.sub(r"[\x00-\x20]", "", value))
            ):
                self.found.append(f"<{tag} {name}={value[:80]}>")
