from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop


class FarmConfig(AppConfig):
    name = "farm"
    verbose_name = _("Farm")

    def ready(self) -> None:
        from accounts import recent_activity

        recent_activity.ROUTINE |= {"farm.book", "farm.change", "farm.undo", "farm.cancel", "farm.give_back"}
        recent_activity.EVENT_TITLES |= {
            "farm.book": gettext_noop("Booking made"),
            "farm.change": gettext_noop("Booking changed"),
            "farm.undo": gettext_noop("Change undone"),
            "farm.cancel": gettext_noop("Booking cancelled"),
            "farm.give_back": gettext_noop("Booking given back"),
            "farm.displace": gettext_noop("Booking displaced"),
            "farm.shorten": gettext_noop("Booking shortened by a closure"),
            "farm.add_resource": gettext_noop("Machine added"),
            "farm.change_resource": gettext_noop("Machine changed"),
            "farm.close": gettext_noop("Machine closed"),
            "farm.reopen": gettext_noop("Machine reopened"),
        }
        self._register_notices()

    def _register_notices(self) -> None:
        from mail import kinds
        from mail.kinds import Kind

        section, starts, ends = "bookings", _("Your booking starts in 15 minutes"), _("Your booking ends in 15 minutes")
        kinds.register(
            Kind("farm.confirmed", _("Somebody or a program made a booking for you"), section),
            Kind("farm.changed", _("Somebody changed your booking"), section),
            Kind("farm.displaced", _("A closure took time from your booking"), section),
            Kind("farm.cancelled", _("Somebody cancelled your booking"), section),
            Kind("farm.starts_soon", starts, section, "never", has_daily=False),
            Kind("farm.ends_soon", ends, section, "never", has_daily=False),
        )
