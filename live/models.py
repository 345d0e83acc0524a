"""Change notifications. They hold no data: a page fetches what changed, under the normal permission checks."""

from django.db import models

# A notification of more rows means the whole topic: the whole fragment is then shorter than all these rows.
MAX_ROWS = 20


class Change(models.Model):
    """A change notification: `topic` changed in the transaction that committed this row.

    `rows` has the ids of what changed, such as "12,15"; "" means anything of the topic. `live/publish.py` says of what.

    Rows older than an hour are pruned. Ids are given out before the commit, so a smaller id may appear after a larger
    one: `live.change_poller` looks back 30 s.
    """

    id = models.BigAutoField(primary_key=True)
    topic = models.CharField(max_length=100)
    rows = models.CharField(max_length=400, default="", db_default="")
    at = models.DateTimeField(db_index=True)

    class Meta:
        db_table = "live_change"

    def __str__(self) -> str:
        return f"{self.topic} {self.rows} #{self.pk}"
