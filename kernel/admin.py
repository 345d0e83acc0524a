"""The admin base class of rows that only commands write.

The admin shows them; its actions call the commands.
"""

from collections.abc import Iterator
from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.http import HttpRequest
from django.utils.translation import gettext as _


class FilledFilter(admin.EmptyFieldListFilter):
    """Keeps the rows that have a value in a field, or those without: "Yes" and "No" instead of "Not empty" and "Empty".

    For a field whose name asks a question, such as "sent" and "given up" of a mail.
    """

    def choices(self, changelist: ChangeList) -> Iterator[Any]:
        everything, empty, filled = super().choices(changelist)
        counts = self.get_facet_queryset(changelist) if changelist.add_facets else None
        for choice, word, count in ((filled, _("Yes"), "not_empty__c"), (empty, _("No"), "empty__c")):
            choice["display"] = f"{word} ({counts[count]})" if counts else word
        yield from (everything, filled, empty)


class ReadOnlyAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """No adding, changing or deleting. Its actions may ask for the permission `act`."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Refuse a filter on a field that is not shown.

        Otherwise each answer would reveal whether a guess of the value is right.
        """
        hidden = lookup.split("__")[0] in (self.exclude or ())
        return not hidden and bool(super().lookup_allowed(lookup, value, request))

    def has_act_permission(self, request: HttpRequest) -> bool:
        """Return whether this person has Django's `change` permission for these rows.

        Actions that call a command ask for `act`, because the change form is not there.
        """
        permission = f"{self.opts.app_label}.change_{self.opts.model_name}"
        return bool(request.user.has_perm(permission))
