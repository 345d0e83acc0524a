"""The admin page of mails. Staff read them there and on the page of each mail; nobody changes one."""

from django.contrib import admin

from kernel.admin import ReadOnlyAdmin
from mail.models import Mail


@admin.register(Mail)
class MailAdmin(ReadOnlyAdmin):
    """The mails without their texts and links: `View on site` leads to the page that says who may read the link."""

    list_display = ("created_at", "address", "subject", "kind", "attempts", "sent_at", "dead_at", "last_error")
    list_filter = ("kind", ("sent_at", admin.EmptyFieldListFilter), ("dead_at", admin.EmptyFieldListFilter))
    search_fields = ("address", "subject")
    exclude = ("text", "path", "key")
    list_select_related = False
    ordering = ("-id",)
