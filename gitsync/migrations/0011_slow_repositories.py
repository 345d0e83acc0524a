"""A repository that is slow to fetch waits apart, and the row that is the lock of the slots is there from the start.

The column is added without rewriting the table. Two first claims at once would both insert the row, and share it.
"""

from typing import Any

from django.db import migrations, models

LOCK = ""  # gitsync/syncing/slots.py


def make_lock(apps: Any, schema_editor: Any) -> None:
    apps.get_model("gitsync", "FetchHost").objects.get_or_create(host=LOCK)


class Migration(migrations.Migration):
    atomic = False  # MariaDB commits at each change of a table

    dependencies = [("gitsync", "0010_confirmation")]

    operations = [
        migrations.AddField(
            "localcopy", "slow", models.BooleanField(db_default=False, default=False, verbose_name="slow")
        ),
        migrations.RunPython(make_lock, migrations.RunPython.noop),
    ]
