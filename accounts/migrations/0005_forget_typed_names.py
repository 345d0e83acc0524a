"""Deletes the failed sign-ins that contain typed names.

They were needed only for the lockout of ten minutes.
"""

from typing import Any

from django.db import migrations


def delete_attempts(apps: Any, schema_editor: Any) -> None:
    apps.get_model("axes", "AccessAttempt").objects.all().delete()
    apps.get_model("axes", "AccessFailureLog").objects.all().delete()


class Migration(migrations.Migration):
    dependencies = [("accounts", "0004_name_in_words"), ("axes", "0010_accessattemptexpiration")]

    operations = [migrations.RunPython(delete_attempts, migrations.RunPython.noop)]
