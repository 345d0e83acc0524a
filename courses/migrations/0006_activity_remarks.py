"""A commit of a student says what could not be read of it. The column is added without rewriting the table."""

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
