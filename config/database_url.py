"""Turns the URL of DATABASE_URL into an entry of Django's DATABASES setting, with the options that Atelier needs."""

import ast
from typing import Any
from urllib.parse import ParseResult, parse_qs, quote, unquote, unquote_plus, urlparse, urlunparse

ENGINES = {
    "mysql": "django.db.backends.mysql",
    "mysql2": "django.db.backends.mysql",
    "sqlite": "kernel.database.sqlite",
}
# Query parameters that are settings of Django itself. All others are OPTIONS of the database driver.
DJANGO_SETTINGS = {"CONN_MAX_AGE", "ATOMIC_REQUESTS", "AUTOCOMMIT", "DISABLE_SERVER_SIDE_CURSORS", "CONN_HEALTH_CHECKS"}


def parse_database_url(url: str) -> dict[str, Any]:
    """Return the setting for `mysql://user:password@host[:port]/name[?option=value…]` or `sqlite:///file`.

    A sqlite URL without a file is a database in memory. Raises ValueError for any other URL, and for a mysql URL
    without a name.
    """
    if url == "sqlite://:memory:":  # urllib would take "memory" for a port
        url = "sqlite://"
    parts = _split(url)
    name = unquote_plus(parts.path[1:])
    if parts.scheme == "sqlite":
        name = name or ":memory:"
    if parts.scheme not in ENGINES or not name:
        raise ValueError("not the URL of a database that Atelier supports")
    setting: dict[str, Any] = {
        "NAME": name,
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or "",
        "PORT": parts.port or "",
        "ENGINE": ENGINES[parts.scheme],
    }
    if parts.query:
        setting["OPTIONS"] = {}
        for key, values in parse_qs(parts.query).items():
            if key.upper() in DJANGO_SETTINGS:
                setting[key.upper()] = _literal(values[0])
            else:
                setting["OPTIONS"][key] = int(values[0]) if values[0].isdigit() else values[0]
    return setting


def with_options(database: dict[str, Any]) -> dict[str, Any]:
    """Return the setting with the options that Atelier needs.

    Options of the URL override these where both are possible.
    """
    options = dict(database.get("OPTIONS") or {})
    # Under ASGI every request has a thread of its own, so persistent connections would pile up. config.wsgi keeps them.
    setting = database | {"CONN_MAX_AGE": 0, "OPTIONS": options}
    if database["ENGINE"] == ENGINES["sqlite"]:
        options |= {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON;",
        }
        return setting
    options.setdefault("charset", "utf8mb4")
    options.setdefault("connect_timeout", 5)  # seconds: an error page is better than a page that hangs
    options.setdefault("isolation_level", "read committed")
    options.setdefault(
        "init_command",
        "SET sql_mode='STRICT_TRANS_TABLES,NO_ENGINE_SUBSTITUTION', innodb_lock_wait_timeout=4",
    )
    return setting | {"TEST": {"CHARSET": "utf8mb4", "COLLATION": "utf8mb4_unicode_ci"}}


def _split(url: str) -> ParseResult:
    """Split the URL, also when its password holds characters that should have been quoted, such as `#` or `[`."""
    try:
        parts = urlparse(url)
    except ValueError:
        return _split_quoted(url)
    return parts if parts.path else _split_quoted(urlunparse(parts))


def _split_quoted(url: str) -> ParseResult:
    return urlparse(quote(url, safe=":/?&=@"))


def _literal(text: str) -> Any:
    """Return the value of a Python literal such as True or 60; the text itself when it is none."""
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return text
