"""The servers that repositories are fetched from, and an index for the leases that are held.

The servers of repositories that were read already start as quick. Otherwise all of them would share two slots at first.
"""

from typing import Any

import kernel.fields
from django.db import migrations, models

QUICK_AFTER = 3


def know_servers(apps: Any, schema_editor: Any) -> None:
    read = apps.get_model("gitsync", "LocalCopy").objects.filter(last_good_at__isnull=False)
    hosts = set(read.values_list("repository__host", flat=True))
    rows = apps.get_model("gitsync", "FetchHost").objects
    rows.bulk_create(rows.model(host=host, quick_contacts=QUICK_AFTER) for host in sorted(hosts))


class Migration(migrations.Migration):
    dependencies = [("gitsync", "0008_commit_times")]

    operations = [
        migrations.CreateModel(
            name="FetchHost",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("host", kernel.fields.ExactCharField(max_length=260, unique=True, verbose_name="server")),
                ("quick_contacts", models.PositiveIntegerField(default=0, verbose_name="quick contacts in a row")),
            ],
            options={"verbose_name": "server", "verbose_name_plural": "servers", "db_table": "gitsync_fetchhost"},
        ),
        migrations.AddIndex(
            model_name="localcopy",
            index=models.Index(fields=["lease_until"], name="gitsync_clone_leased"),
        ),
        migrations.RunPython(know_servers, migrations.RunPython.noop),
    ]
