"""Deletes the failed sign-ins that hold what people typed. They are kept for the lockout of ten minutes only."""

from typing import Any

from django.db import migrations


def delete_attempts(apps: Any, schema_editor: Any) -> None:
    apps.get_model("axes", "AccessAttempt").objects.all().delete()
    apps.get_model("axes", "AccessFailureLog").objects.all().delete()


class Migration(migrations.Migration):
    dependencies = [("accounts", "0004_name_in_words"), ("axes", "0010_accessattemptexpiration")]

    operations = [migrations.RunPython(delete_attempts, migrations.RunPython.noop)]
