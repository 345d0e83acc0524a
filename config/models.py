"""The row of /readyz, the name of the school, and the first steps that people have left for later."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class WriteProbe(models.Model):
    """The row that /readyz writes to find out whether the database can be written. It has the key 1."""

    at = models.DateTimeField()

    class Meta:
        db_table = "config_writeprobe"

    def __str__(self) -> str:
        return f"written at {self.at}"


class School(models.Model):
    """The school of this installation. There is one row, with the key 1, as soon as staff have named the school."""

    name = models.CharField(_("name of the school"), max_length=120)

    class Meta:
        db_table = "config_school"

    def __str__(self) -> str:
        return self.name


class LeftStep(models.Model):
    """A first step that a person has left for later. The home page shows it among the others that were left."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    step = models.CharField(max_length=40)

    class Meta:
        db_table = "config_leftstep"
        constraints = [models.UniqueConstraint(fields=["person", "step"], name="config_one_left_step")]

    def __str__(self) -> str:
        return self.step
