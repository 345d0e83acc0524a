"""The servers that repositories are fetched from, and whether they are quick."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from kernel.fields import ExactCharField


class FetchHost(models.Model):
    """A server, named by `host` of its repositories. A server that is not in this table is new.

    `quick_contacts` counts the quick contacts in a row. The row without a name is the lock of gitsync/syncing/slots.py.
    """

    QUICK_AFTER = 3

    host = ExactCharField(_("server"), max_length=260, unique=True)
    quick_contacts = models.PositiveIntegerField(_("quick contacts in a row"), default=0)

    class Meta:
        db_table = "gitsync_fetchhost"
        verbose_name = _("server")
        verbose_name_plural = _("servers")

    def __str__(self) -> str:
        return self.host

    @property
    def is_quick(self) -> bool:
        return self.quick_contacts >= self.QUICK_AFTER
