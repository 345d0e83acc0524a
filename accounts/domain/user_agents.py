"""Names of browsers and systems, from the User-Agent header."""

import re

# The first match counts: most browsers name others too, for the sake of old servers.
BROWSERS = (
    ("Edge", r"\bEdg(e|A|iOS)?/"),
    ("Opera", r"\b(OPR|OPiOS|Opera)/"),
    ("Samsung Internet", r"\bSamsungBrowser/"),
    ("Vivaldi", r"\bVivaldi/"),
    ("Firefox", r"\b(Firefox|FxiOS)/"),
    ("Chrome", r"\b(Chrome|CriOS|Chromium|HeadlessChrome)/"),
    ("Safari", r"\bSafari/"),
)
SYSTEMS = (
    ("iPhone", r"\biPhone\b"),
    ("iPad", r"\biPad\b"),
    ("Android", r"\bAndroid\b"),
    ("ChromeOS", r"\bCrOS\b"),
    ("Windows", r"\bWindows\b"),
    ("macOS", r"\bMac OS X\b|\bMacintosh\b"),
    ("Linux", r"\bLinux\b|\bX11\b"),
)
LONGEST = 500  # characters that are read


def browser_name(user_agent: str) -> str:
    """Return the name of the browser, "" for one that is not known."""
    return _first(BROWSERS, user_agent)


def system_name(user_agent: str) -> str:
    """Return the name of the system, "" for one that is not known."""
    return _first(SYSTEMS, user_agent)


def _first(names: tuple[tuple[str, str], ...], user_agent: str) -> str:
    text = user_agent[:LONGEST]
    return next((name for name, pattern in names if re.search(pattern, text)), "")
