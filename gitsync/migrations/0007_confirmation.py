"""Registrations that a student made wait for the teacher where the public cannot read the repository.

Registrations from before this version stay confirmed. `public` is set by the next synchronization.
"""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("gitsync", "0006_plain_names")]

    operations = [
        migrations.AddField(
            "registration", "confirmed", models.BooleanField(default=True, verbose_name="confirmed")
        ),
        migrations.AddField("repository", "public", models.BooleanField(default=True, verbose_name="public")),
    ]
