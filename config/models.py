"""The row that /readyz writes to find out whether the database can be written."""

from django.db import models


class WriteProbe(models.Model):
    """Has one row, with the key 1."""

    at = models.DateTimeField()

    class Meta:
        db_table = "config_writeprobe"

    def __str__(self) -> str:
        return f"written at {self.at}"
