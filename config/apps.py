import gc
from typing import Any

import structlog
from django.apps import AppConfig
from django.http import HttpRequest
from django.utils.translation import gettext_noop
from django_structlog.signals import bind_extra_request_metadata

from kernel.web.client_address import client_address


class ConfigConfig(AppConfig):
    name = "config"

    def ready(self) -> None:
        from accounts import recent_activity
        from accounts.audit_log.objects import KINDS, ObjectKind

        recent_activity.EVENT_TITLES["config.name_school"] = gettext_noop("School named")
        KINDS["school"] = ObjectKind(gettext_noop("School"))
        bind_extra_request_metadata.connect(_bind_caller, dispatch_uid="config.caller")
        gc.freeze()  # all that was imported lives as long as the process; a first collection would look at it all
        gc.enable()  # config/__init__.py has disabled it


def _bind_caller(request: HttpRequest, **_: Any) -> None:
    """Add the caller's address to every log line of a request: the one that limits and the lockout count."""
    structlog.contextvars.bind_contextvars(ip=client_address(request))
