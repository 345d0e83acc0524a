"""Hints that something changed. A Change never holds data: the page fetches its fragment again, permissions and all."""

from django.db import models


class Change(models.Model):
    """`topic` changed, in the transaction that committed this row. Rows older than an hour are pruned.

    Ids are handed out before commit, so a smaller id may appear after a larger one: `live.stream` looks back 30 s.
    """

    id = models.BigAutoField(primary_key=True)
    topic = models.CharField(max_length=100)
    at = models.DateTimeField(db_index=True)

    class Meta:
        db_table = "live_change"

    def __str__(self) -> str:
        return f"{self.topic} #{self.pk}"
