"""The capacity checks and the faults that each of them found."""

from django.contrib import admin
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from farm.models import CapacityCheck
from farm.pages import capacity_faults
from kernel.admin import ReadOnlyAdmin


@admin.register(CapacityCheck)
class CapacityCheckAdmin(ReadOnlyAdmin):
    list_display = ["started_at", "found", "machines", "lines", "seconds", "finished_at", "asked_by"]
    list_select_related = ["asked_by"]
    list_filter = [("asked_by", admin.EmptyFieldListFilter)]
    fields = ["started_at", "finished_at", "asked_by", "machines", "lines", "seconds", "found", "what"]
    readonly_fields = ["what"]
    change_list_template = "admin/farm/checks.html"

    @admin.display(description=gettext_lazy("what was found"))
    def what(self, check: CapacityCheck) -> SafeString | str:
        if not check.faults:
            return _("Nothing.") if check.finished_at else _("The check has not ended.")
        rows = (
            (
                fault["name"] or "—",
                capacity_faults.when(fault),
                capacity_faults.sentence(fault),
                ", ".join(map(str, fault["reservations"])),
            )
            for fault in check.faults
        )
        return format_html_join("", "<p><strong>{}</strong> {}<br>{} {}</p>", rows)
