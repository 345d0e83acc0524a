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
            "farm.transfer": gettext_noop("Booking handed over"),
            "farm.displace": gettext_noop("Booking displaced"),
            "farm.shorten": gettext_noop("Booking shortened by a closure"),
            "farm.add_resource": gettext_noop("Machine added"),
            "farm.change_resource": gettext_noop("Machine changed"),
            "farm.close": gettext_noop("Machine closed"),
            "farm.reopen": gettext_noop("Machine reopened"),
        }
