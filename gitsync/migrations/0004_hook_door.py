"""Each course has a hook address of its own, with a secret; made when it is first shown."""

import django.db.models.deletion
from django.db import migrations, models

import gitsync.models.doors
import kernel.fields


class Migration(migrations.Migration):
    dependencies = [("gitsync", "0003_match_late_time")]

    operations = [
        migrations.CreateModel(
            name="HookDoor",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "token",
                    kernel.fields.ExactCharField(
                        default=gitsync.models.doors.new_token, max_length=64, unique=True, verbose_name="token"
                    ),
                ),
                (
                    "secret",
                    kernel.fields.ExactCharField(
                        default=gitsync.models.doors.new_secret, max_length=64, verbose_name="secret"
                    ),
                ),
                ("made_at", models.DateTimeField(auto_now_add=True, verbose_name="made")),
                (
                    "course",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="hook_door",
                        to="gitsync.coursekey",
                        verbose_name="course",
                    ),
                ),
            ],
            options={"verbose_name": "hook address", "verbose_name_plural": "hook addresses"},
        ),
    ]
