"""Projects that bookings are charged to, and the holders that commands lock first."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Project(models.Model):
    """An account that bookings are charged to, such as a course group or a research team."""

    name = models.CharField(_("name"), max_length=100, unique=True)
    owners = models.ManyToManyField(settings.AUTH_USER_MODEL, verbose_name=_("owners"), related_name="owned_projects")
    members = models.ManyToManyField(
        settings.AUTH_USER_MODEL, verbose_name=_("members"), related_name="farm_projects", blank=True
    )

    class Meta:
        db_table = "farm_project"
        ordering = ["name"]
        verbose_name = _("project")
        verbose_name_plural = _("projects")

    def __str__(self) -> str:
        return self.name


class Holder(models.Model):
    """A person or a project that ever booked.

    Commands lock this row first, never the User row.
    """

    user = models.OneToOneField(settings.AUTH_USER_MODEL, null=True, on_delete=models.CASCADE, related_name="+")
    project = models.OneToOneField(Project, null=True, on_delete=models.CASCADE, related_name="+")

    class Meta:
        db_table = "farm_holder"
        constraints = [
            models.CheckConstraint(
                condition=Q(user__isnull=True, project__isnull=False) | Q(user__isnull=False, project__isnull=True),
                name="farm_holder_is_one",
            )
        ]

    def __str__(self) -> str:
        return f"holder {self.pk}"
