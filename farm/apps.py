from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop


class FarmConfig(AppConfig):
    name = "farm"
    verbose_name = _("Farm")

    def ready(self) -> None:
        from accounts import recent_activity
        from accounts.audit_log import titles
        from accounts.audit_log.objects import KINDS, ObjectKind

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
        titles.LOG_TITLES |= {
            "farm.add_line": gettext_noop("Machine added to a booking"),
            "farm.remove_line": gettext_noop("Machine removed from a booking"),
            "farm.expire": gettext_noop("Draft of a booking expired"),
            "farm.export": gettext_noop("Bookings exported"),
            "farm.export_machines": gettext_noop("Machines exported"),
            "farm.project": gettext_noop("Project saved"),
            "farm.remove_project": gettext_noop("Project deleted"),
            "demo.original_farm": gettext_noop("Demonstration of the farm made"),
        }
        names = "farm.pages.audit_objects"
        KINDS.update(
            {
                "resource": ObjectKind(gettext_noop("Machine"), f"{names}.load_machines", f"{names}.find_machines"),
                "reservation": ObjectKind(gettext_noop("Booking"), f"{names}.load_reservations"),
                "project": ObjectKind(gettext_noop("Project"), f"{names}.load_projects", f"{names}.find_projects"),
                "file": ObjectKind(gettext_noop("File")),
                "farm": ObjectKind(gettext_noop("Farm")),
            }
        )
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
