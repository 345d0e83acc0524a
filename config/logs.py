"""Configures the logs: one line per event, as text for a terminal or as JSON, with the request and the user.

Secrets in addresses are masked in the finished line, so it does not matter which library wrote it.
"""

import logging
import re
from collections.abc import Callable
from typing import Any

import structlog

SHARED: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
]

MASK = "…"
# The ticket of an event stream, the token of a hook address, of stopping mails, of a one-time link and of the first
# account, the secret of a calendar address, the password in an address.
SECRETS = re.compile(
    r"""(?<=\bticket=)[^&\s"'<>]+|(?<=/hooks/)[^/?\s"'<>]+|(?<=/mail/stop/)[^/?\s"'<>]+|(?<=/in/)[^/?\s"'<>]+"""
    r"""|(?<=/first-account/)[^/?\s"'<>]+"""
    r"""|(?<=/calendars/)[^/?\s"'<>]+|(?<=://)[^/@\s"'<>]*:[^/@\s"'<>]*(?=@)"""
)


def mask_secrets(line: str) -> str:
    return SECRETS.sub(MASK, line)


def masked(renderer: Callable[..., Any]) -> Callable[..., str]:
    """Return a structlog renderer that masks the secrets in the line of another one."""

    def render(logger: Any, name: str, event: Any) -> str:
        return mask_secrets(str(renderer(logger, name, event)))

    return render


class StrangeRequests(logging.Filter):
    """Writes a refused request, such as one with a wrong Host header, as one line without a traceback.

    Django logs these under `django.security`. Anybody can send them, and a traceback would look like a fault of ours.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        if record.name.startswith("django.security."):
            record.exc_info = None
        return True


def logging_config(style: str, *, debug: bool) -> dict[str, Any]:
    """Configure structlog and return Django's LOGGING setting. `style` is "console" or "json"."""
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *SHARED,
            structlog.processors.StackInfoRenderer(),
            structlog.processors.format_exc_info,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    renderer: Any = (
        structlog.processors.JSONRenderer()
        if style == "json"
        else structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
    )
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "line": {
                "()": structlog.stdlib.ProcessorFormatter,
                "processor": masked(renderer),
                "foreign_pre_chain": SHARED,
            }
        },
        "filters": {"strange_requests": {"()": StrangeRequests}},
        "handlers": {
            "stderr": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["strange_requests"]}
        },
        "root": {"handlers": ["stderr"], "level": "DEBUG" if debug else "INFO"},
        "loggers": {
            "django.db.backends": {"level": "INFO"},
            "django_structlog": {"level": "WARNING"},
            "django.request": {"level": "ERROR"},  # django_structlog already writes a line for each refused request
            "axes": {"level": "WARNING"},
            "urllib3": {"level": "INFO"},
            "dulwich": {"level": "WARNING"},
        },
    }
