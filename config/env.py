"""Reads environment variables. An invalid value stops the start with one sentence.

The sentence names the variable, says what is wrong and what is allowed. It never shows a secret. docs/operations.md and
.env.example list the variables.
"""

import ipaddress
import os
import re
import secrets
from collections.abc import Sequence
from email.utils import formataddr, getaddresses
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import urlsplit

from config.database_url import ENGINES, parse_database_url
from config.mail_url import MailServer, parse_mail_url
from kernel.text.time_zones import known_zone

TRUE = {"1", "true", "yes", "on"}
FALSE = {"", "0", "false", "no", "off"}


def stop(sentence: str) -> NoReturn:
    """End the process. The operator sees only this sentence."""
    raise SystemExit(f"Atelier cannot start: {sentence}")


def text(name: str, default: str = "") -> str:
    return os.environ.get(name, default).strip()


def boolean(name: str, default: bool = False) -> bool:
    value = os.environ.get(name)
    if value is None:
        return default
    lowered = value.strip().lower()
    if lowered in TRUE:
        return True
    if lowered in FALSE:
        return False
    stop(f"{name} must be 0 or 1, not “{value}”.")


def integer(name: str, default: int, low: int, high: int) -> int:
    value = text(name)
    if not value:
        return default
    if not re.fullmatch(r"[0-9]+", value) or not low <= int(value) <= high:
        stop(f"{name} must be a whole number from {low} to {high}, not “{value}”.")
    return int(value)


def words(name: str) -> list[str]:
    """Return a comma-separated list, without empty parts."""
    return [part.strip() for part in text(name).split(",") if part.strip()]


def choice(name: str, default: str, choices: Sequence[str]) -> str:
    value = text(name) or default
    if value not in choices:
        stop(f"{name} must be one of {', '.join(choices)}, not “{value}”.")
    return value


def sealing_keys(name: str) -> list[str]:
    """Return the keys of Fernet: 32 bytes each, in the base64 of URLs. The sentence about a wrong one omits it."""
    keys = words(name)
    for number, key in enumerate(keys, start=1):
        if not re.fullmatch(r"[A-Za-z0-9_-]{43}=", key):
            stop(f"{name} must list keys of 44 characters, as Fernet.generate_key() makes; key {number} is none.")
    return keys


def zone(name: str, default: str) -> str:
    value = text(name) or default
    if not known_zone(value):
        stop(f"{name} must be a time zone such as Europe/Paris, not “{value}”.")
    return value


def networks(name: str) -> list[ipaddress.IPv4Network | ipaddress.IPv6Network]:
    allowed = []
    for word in words(name):
        try:
            allowed.append(ipaddress.ip_network(word))
        except ValueError:
            stop(f"{name} must list networks such as 10.1.0.0/16, and “{word}” is not one.")
    return allowed


def host(name: str, default: str) -> str:
    """Return an IP address or a host name, without a port."""
    value = text(name) or default
    if not re.fullmatch(r"[A-Za-z0-9._:%-]+", value) or re.fullmatch(r"[^:]*:[0-9]+", value):
        stop(f"{name} must be an address or a name of this machine, not “{value}”.")
    return value


def host_ports(name: str) -> frozenset[str]:
    """Return `host:port` pairs in lower case."""
    pairs = set()
    for word in words(name):
        host, _, port = word.rpartition(":")
        if not host or not port.isdigit() or not 0 < int(port) < 65536 or "/" in word:
            stop(f"{name} must list host:port pairs such as git.school.example:8080, and “{word}” is not one.")
        pairs.add(word.lower())
    return frozenset(pairs)


def host_port(name: str) -> str:
    """Return one `host:port` pair, or ""."""
    pairs = host_ports(name)
    if len(pairs) > 1:
        stop(f"{name} must be one host:port pair, and lists {len(pairs)}.")
    return next(iter(pairs), "")


def base_url(name: str, default: str = "") -> str:
    """Return an http or https URL without its final slash, or "" when the variable is not set."""
    value = text(name) or default
    if not value:
        return ""
    try:
        parts = urlsplit(value)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and not parts.query and not parts.fragment
        parts.port  # noqa: B018 - reading it raises ValueError when it is not a port
    except ValueError:
        good = False
    if not good:
        stop(f"{name} must be an address such as https://atelier.school.example, not “{value}”.")
    return value.rstrip("/")


def secret_key(name: str, home: Path, *, public: bool) -> str:
    """Return the given key, or one that is generated once and stored in the data folder.

    A server that others can reach (`public`) must be given a key. A given key has at least 32 characters, 8 of them
    different.
    """
    given = text(name)
    if given:
        if len(given) < 32 or len(set(given)) < 8 or given.startswith("django-insecure"):
            stop(f"{name} is too weak: give 32 random characters or more.")
        return given
    if public:
        stop(f"{name} is missing: a host that others can reach needs a key of 32 random characters or more.")
    file = home / "secret_key"
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as handle:
                handle.write(secrets.token_urlsafe(48))
        except FileExistsError:
            pass
        kept = file.read_text().strip()
    except OSError as error:
        stop(f"ATELIER_HOME ({home}) cannot be written: {error.strerror}.")
    if len(kept) < 32:
        stop(f"the key kept in {file} is damaged: remove the file to have a new one made.")
    return kept


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach the host."""
    if host.lower() in ("localhost", "testserver") or host.lower().endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def database(name: str, home: Path) -> dict[str, Any]:
    """Return the database setting: SQLite in the data folder, or the database of the given URL."""
    value = text(name)
    if not value:
        return {"ENGINE": ENGINES["sqlite"], "NAME": str(home / "atelier.sqlite3")}
    try:
        return parse_database_url(value)
    except ValueError:
        stop(f"{name} must be mysql://user:password@host/database (or sqlite:///file); what was given is not.")


def redis_url(name: str) -> str:
    value = text(name)
    if value and urlsplit(value).scheme not in ("redis", "rediss", "unix"):
        stop(f"{name} must start with redis://, rediss:// or unix://.")
    return value


def mail_server(name: str, home: Path) -> MailServer:
    """Return where mails go; see config/mail_url.py."""
    try:
        return parse_mail_url(text(name), home)
    except ValueError as error:
        stop(f"{name} must be an address such as smtps://user:password@mail.school.example: {error}.")


def mail_domain(public_url: str) -> str:
    """Return the host of the site, for the addresses and ids of its mails; "localhost" for an IP address."""
    host = (urlsplit(public_url).hostname or "").lower()
    is_name = re.fullmatch(r"[a-z0-9.-]*[a-z][a-z0-9.-]*", host)
    return host if is_name else "localhost"


def mail_sender(name: str, default: str) -> str:
    """Return the sender of mails, such as `Atelier <atelier@school.example>`, or an address alone."""
    value = text(name) or default
    found = getaddresses([value])
    sender, address = found[0]
    if len(found) > 1 or "\n" in value or not re.fullmatch(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+", address):
        stop(f"{name} must be a sender such as Atelier <atelier@school.example>, not “{value}”.")
    return formataddr((sender, address))
