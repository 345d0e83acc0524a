"""The admin page of mails. Staff read them there and on the page of each mail; nobody changes one."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from kernel.admin import FilledFilter, ReadOnlyAdmin
from mail import kinds
from mail.models import Mail


class KindFilter(admin.SimpleListFilter):
    """Keeps the mails of one kind; the kinds have their titles."""

    title = _("kind")
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(kind.name, str(kind.title)) for kind in kinds.all_kinds()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Mail]) -> QuerySet[Mail]:
        return queryset.filter(kind=self.value()) if self.value() else queryset


@admin.register(Mail)
class MailAdmin(ReadOnlyAdmin):
    """The mails without their texts and links: `View on site` leads to the page that says who may read the link."""

    list_display = ("created_at", "address", "subject", "kind_title", "sent_at", "dead_at", "last_error")
    list_filter = (KindFilter, ("sent_at", FilledFilter), ("dead_at", FilledFilter))
    search_fields = ("address", "subject")
    exclude = ("text", "path", "key")
    list_select_related = False
    ordering = ("-id",)

    @admin.display(description=_("kind"), ordering="kind")
    def kind_title(self, mail: Mail) -> str:
        return kinds.title_of(mail.kind)
