"""Registrations wait for the teacher where the public cannot read the repository; hooks find repositories loosely.

Registrations from before this version stay confirmed. `public` is set by the next synchronization.
"""

from django.db import migrations, models

from gitsync.rules.hook_matching import match_key
from kernel.database.text_hash import text_hash
from kernel.fields import ExactCharField

BATCH = 1000


def fill_match_hashes(apps, schema_editor):
    Repository = apps.get_model("gitsync", "Repository")
    last = 0
    while rows := list(Repository.objects.filter(pk__gt=last).only("scheme", "host", "path").order_by("pk")[:BATCH]):
        for row in rows:
            row.match_hash = text_hash(match_key(f"{row.scheme}://{row.host}{row.path.replace('%', '%25')}"))
        Repository.objects.bulk_update(rows, ["match_hash"])
        last = rows[-1].pk


class Migration(migrations.Migration):
    atomic = False  # MariaDB commits at each change of a table; SQLite cannot change a table that waits for its keys

    dependencies = [("gitsync", "0009_fetch_slots")]

    operations = [
        migrations.AddField(
            "registration", "confirmed", models.BooleanField(default=True, verbose_name="confirmed")
        ),
        migrations.AddField("repository", "public", models.BooleanField(default=True, verbose_name="public")),
        migrations.AddField(
            "repository", "match_hash", ExactCharField(blank=True, default="", max_length=64)
        ),
        migrations.AddField(
            "localcopy",
            "chosen_branch",
            models.CharField(blank=True, default="", max_length=255, verbose_name="branch chosen by the teacher"),
        ),
        migrations.AddField(
            "localcopy",
            "other_branches",
            models.JSONField(blank=True, default=list, verbose_name="other branches with newer work"),
        ),
        migrations.RunPython(fill_match_hashes, migrations.RunPython.noop, elidable=True),
        migrations.AddIndex("repository", models.Index(fields=["match_hash"], name="gitsync_address_match")),
    ]
