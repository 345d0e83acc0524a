"""Turns the URL of EMAIL_URL into Django's settings for sending mail."""

from pathlib import Path
from typing import NamedTuple
from urllib.parse import parse_qsl, unquote, urlsplit

SMTP = "django.core.mail.backends.smtp.EmailBackend"
CONSOLE = "django.core.mail.backends.console.EmailBackend"
FILES = "mail.file_backend.EmailBackend"
LOOPBACK = ("localhost", "127.0.0.1", "::1")


class MailServer(NamedTuple):
    """Where mails go. `starttls`: the connection is encrypted after its start; `tls`: from its start."""

    backend: str
    host: str = ""
    port: int = 0
    user: str = ""
    password: str = ""
    starttls: bool = False
    tls: bool = False
    folder: str = ""


def parse_mail_url(url: str, home: Path) -> MailServer:
    """Return the mail server for one of these URLs. "" means files in the folder `mails` of the data folder.

    - `smtp://[user:password@]host[:port]`: encrypted by STARTTLS, except on this machine. `?tls=no` does without it,
      `?tls=starttls` demands it. The port is 587 with a user and 25 without one.
    - `smtps://[user:password@]host[:port]`: TLS from the start. The port is 465.
    - `console:` writes mails to the output of the worker.
    - `file:///folder` writes one file per mail.

    Raises ValueError with the reason, which shows no password. User and password are percent-encoded.
    """
    if not url:
        return MailServer(FILES, folder=str(home / "mails"))
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
        options = parse_qsl(parts.query, keep_blank_values=True, strict_parsing=True) if parts.query else []
    except ValueError:
        raise ValueError("it is no URL; write special characters of the password as %23, %2F and so on") from None
    if parts.scheme == "console" and not (host or parts.path or options):
        return MailServer(CONSOLE)
    if parts.scheme == "file" and not (host or options) and parts.path.startswith("/"):
        return MailServer(FILES, folder=unquote(parts.path))
    if parts.scheme not in ("smtp", "smtps"):
        raise ValueError("it starts with none of smtp://, smtps://, console: and file:///")
    if not host or parts.path not in ("", "/") or parts.fragment:
        raise ValueError("it names no host; write special characters of the password as %23, %2F and so on")
    if parts.password and not parts.username:
        raise ValueError("it has a password without a user")
    tls = _tls(parts.scheme, host, options)
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    default_port = 465 if tls == "tls" else 587 if user else 25
    if port == 0:
        raise ValueError("its port is 0")
    return MailServer(SMTP, host, port or default_port, user, password, tls == "starttls", tls == "tls")


def _tls(scheme: str, host: str, options: list[tuple[str, str]]) -> str:
    """Return "tls", "starttls" or "no"."""
    if scheme == "smtps":
        if options:
            raise ValueError("smtps:// takes no options")
        return "tls"
    if not options:
        return "no" if host.lower() in LOOPBACK else "starttls"
    if len(options) != 1 or options[0] not in (("tls", "no"), ("tls", "starttls")):
        raise ValueError("the only options of smtp:// are ?tls=no and ?tls=starttls")
    return options[0][1]
