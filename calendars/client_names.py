"""The name of a calendar app, from its User-Agent header."""

import re

# A part of the header, and the name that people know.
KNOWN = (
    ("Thunderbird", "Thunderbird"),
    ("Google-Calendar", "Google Calendar"),
    ("Googlebot", "Google Calendar"),
    ("CalendarAgent", "Apple Calendar"),
    ("dataaccessd", "Apple Calendar"),
    ("accountsd", "Apple Calendar"),
    ("Outlook", "Outlook"),
    ("Microsoft", "Outlook"),
    ("ICSx5", "ICSx⁵"),
    ("DAVx5", "DAVx⁵"),
    ("Evolution", "Evolution"),
    ("GNOME", "Evolution"),
    ("KOrganizer", "KOrganizer"),
    ("Nextcloud", "Nextcloud"),
)
OTHER = re.compile(r"[A-Za-z][A-Za-z0-9 ._-]{0,39}", re.ASCII)
BROWSERS = ("Mozilla", "Opera")


def client_name(user_agent: str) -> str:
    """Return the name of the app, such as Thunderbird; "" for a browser and for a program without a name."""
    lowered = user_agent[:500].lower()
    for part, name in KNOWN:
        if part.lower() in lowered:
            return name
    match = OTHER.match(user_agent)
    name = match.group().strip() if match else ""
    return "" if name.startswith(BROWSERS) else name
