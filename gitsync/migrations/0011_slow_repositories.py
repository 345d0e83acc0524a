"""A repository that is slow to fetch waits apart. The column is added without rewriting the table."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("gitsync", "0010_confirmation")]

    operations = [
        migrations.AddField(
            "localcopy", "slow", models.BooleanField(db_default=False, default=False, verbose_name="slow")
        ),
    ]
