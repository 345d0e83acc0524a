"""Adds remarks about parts of a commit that could not be read, without rewriting the table."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("gitsync", "0006_plain_names")]

    operations = [
        migrations.AddField(
            "commit",
            "remarks",
            models.CharField(blank=True, db_default="", default="", max_length=100, verbose_name="not read"),
        ),
    ]
