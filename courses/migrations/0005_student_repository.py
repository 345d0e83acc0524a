"""RepositoryClaim is called StudentRepository. The table and the constraint stay as they are in the database."""

from django.db import migrations, models

ACTIONS = ("add", "change", "delete", "view")


def rename_permissions(apps, old, new):
    permissions = apps.get_model("auth", "Permission").objects.filter(content_type__app_label="courses")
    for action in ACTIONS:
        permissions.filter(codename=f"{action}_{old}").update(codename=f"{action}_{new}")


def forwards(apps, schema_editor):
    rename_permissions(apps, "repositoryclaim", "studentrepository")


def backwards(apps, schema_editor):
    rename_permissions(apps, "studentrepository", "repositoryclaim")


class Migration(migrations.Migration):
    dependencies = [
        ("courses", "0004_answers"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [
        # The table is named before the model is renamed: then nothing is to do in the database.
        migrations.SeparateDatabaseAndState(
            state_operations=[migrations.AlterModelTable("repositoryclaim", "courses_repositoryclaim")],
        ),
        migrations.RenameModel("RepositoryClaim", "StudentRepository"),
        migrations.RunPython(forwards, backwards),
        migrations.AlterField(
            "studentrepository",
            "enrolment",
            models.ForeignKey(
                on_delete=models.CASCADE,
                related_name="student_repositories",
                to="courses.enrolment",
                verbose_name="student",
            ),
        ),
    ]
