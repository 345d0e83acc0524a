"""Adds remarks about parts of a commit that could not be read, without rewriting the table."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("courses", "0005_student_repository")]

    operations = [
        migrations.AddField(
            "activity",
            "remarks",
            models.CharField(blank=True, db_default="", default="", max_length=100),
        ),
    ]
