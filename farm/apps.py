from django.apps import AppConfig
from django.utils.translation import gettext_noop as noop


class FarmConfig(AppConfig):
    name = "farm"

    def ready(self) -> None:
        from accounts import activity

        activity.NAMES |= {
            "farm.book": noop("Booking made"),
            "farm.change": noop("Booking changed"),
            "farm.cancel": noop("Booking cancelled"),
            "farm.give_back": noop("Booking given back"),
            "farm.displace": noop("Booking displaced"),
            "farm.add_resource": noop("Machine added"),
            "farm.change_resource": noop("Machine changed"),
            "farm.close": noop("Machine closed"),
            "farm.reopen": noop("Machine reopened"),
        }
