"""The app of calendar addresses. It gives its audit events the names that people read."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop


class CalendarsConfig(AppConfig):
    name = "calendars"
    verbose_name = _("Calendars")

    def ready(self) -> None:
        from accounts import recent_activity

        recent_activity.ROUTINE |= {"calendars.make_address", "calendars.revoke_address"}
        recent_activity.EVENT_TITLES |= {
            "calendars.make_address": gettext_noop("Calendar address made"),
            "calendars.revoke_address": gettext_noop("Calendar address revoked"),
        }
