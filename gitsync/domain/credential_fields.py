"""Cleans what a person enters about a credential. Each refusal names its field, and none repeats a secret."""

import re
import unicodedata
from collections.abc import Iterable
from datetime import date, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from gitsync.rules import repository_url
from gitsync.rules.repository_url import CASE_FOLDING_HOSTS
from kernel.errors import Malformed

TOKEN_CHARACTERS = 4000
MOST_PREFIXES = 50
LONGEST = timedelta(days=3660)


def clean_token(token: str) -> str:
    """Return a token without the spaces around it. Raises Malformed (`token`), without the token."""
    text = token.strip()
    if not text:
        raise Malformed("no_token", _("Enter the token."), field="token")
    if len(text) > TOKEN_CHARACTERS or not re.fullmatch(r"[!-~]+", text):
        sentence = _("This is not a token: paste it as the forge shows it.")
        raise Malformed("bad_token", sentence, field="token")
    return text


def clean_host(text: str) -> str:
    """Return a server as `Repository.host` has it. Raises Malformed (`host`)."""
    scheme, _separator, name = text.strip().lower().rpartition("://")
    name = name.strip("/")
    if not name or "/" in name or scheme not in ("", "https", "http"):
        raise Malformed("bad_host", _("Enter the name of the server, such as gitlab.example.org."), field="host")
    try:
        return repository_url.parse(f"{scheme or 'https'}://{name}/owner/name").host
    except Malformed as refused:
        raise Malformed("bad_host", refused.message, field="host") from None


def clean_prefixes(lines: Iterable[str], host: str) -> list[str]:
    """Return path prefixes as whole parts, each once. Raises Malformed (`path_prefixes`)."""
    prefixes = []
    for line in lines:
        prefix = unicodedata.normalize("NFC", line.strip().strip("/"))
        if not prefix:
            continue
        if any(part in ("", ".", "..") for part in prefix.split("/")) or not prefix.isprintable() or len(prefix) > 500:
            sentence = _("“%(prefix)s” is not a path. Write one path per line, such as sysprog-2026.") % {
                "prefix": prefix
            }
            raise Malformed("bad_prefix", sentence, field="path_prefixes")
        prefixes.append(prefix.lower() if host in CASE_FOLDING_HOSTS else prefix)
    prefixes = list(dict.fromkeys(prefixes))
    if len(prefixes) > MOST_PREFIXES:
        sentence = _("At most %(number)d paths.") % {"number": MOST_PREFIXES}
        raise Malformed("too_many", sentence, field="path_prefixes")
    return prefixes


def clean_user(text: str) -> str:
    user = text.strip()
    if len(user) > 255 or not user.isprintable() or ":" in user or " " in user:
        raise Malformed("bad_user", _("A user name has no spaces and no colon."), field="user_name")
    return user


def clean_day(day: date | None) -> date | None:
    today = timezone.localdate()
    if day is not None and not today <= day <= today + LONGEST:
        raise Malformed("bad_day", _("The last day must not be over, and within ten years."), field="expires_on")
    return day
