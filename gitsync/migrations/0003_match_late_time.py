"""A match carries its commit's lateness time, and one index answers who worked on an exercise before a deadline."""

from django.db import migrations, models
from django.db.models import OuterRef, Subquery


def fill(apps, schema_editor):
    rows = apps.get_model("gitsync", "FileChange").objects.filter(pk=OuterRef("file"))
    apps.get_model("gitsync", "Match").objects.update(late_time=Subquery(rows.values("commit__late_time")[:1]))


class Migration(migrations.Migration):
    atomic = False  # MariaDB commits at each change of a table; SQLite cannot change a table that waits for its keys

    dependencies = [("gitsync", "0002_name_in_words")]

    operations = [
        migrations.AddField("match", "late_time", models.BigIntegerField(default=0), preserve_default=False),
        migrations.RunPython(fill, migrations.RunPython.noop, elidable=True),
        migrations.AddIndex(
            "match",
            models.Index(
                fields=["registration", "exercise_path_hash", "reason", "late_time"], name="gitsync_match_work"
            ),
        ),
        migrations.RemoveIndex("match", "gitsync_match_exercise"),
    ]
