"""Address is called Repository, Clone LocalCopy and HookDoor HookAddress.

The tables, columns, indexes and constraints stay as they are in the database.
"""

from django.db import migrations, models

ACTIONS = ("add", "change", "delete", "view")
NAMES = {"address": "repository", "clone": "localcopy", "hookdoor": "hookaddress"}


def rename_permissions(apps, names):
    permissions = apps.get_model("auth", "Permission").objects.filter(content_type__app_label="gitsync")
    for old, new in names.items():
        for action in ACTIONS:
            permissions.filter(codename=f"{action}_{old}").update(codename=f"{action}_{new}")


def forwards(apps, schema_editor):
    rename_permissions(apps, NAMES)


def backwards(apps, schema_editor):
    rename_permissions(apps, {new: old for old, new in NAMES.items()})


def foreign_key(name, related_name, on_delete=models.CASCADE, **options):
    return models.ForeignKey(
        db_column="address_id",
        on_delete=on_delete,
        related_name=related_name,
        to="gitsync.repository",
        verbose_name=name,
        **options,
    )


class Migration(migrations.Migration):
    dependencies = [
        ("gitsync", "0004_hook_door"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [
        # The tables are named before the models are renamed: then nothing is to do in the database.
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AlterModelTable("address", "gitsync_address"),
                migrations.AlterModelTable("clone", "gitsync_clone"),
                migrations.AlterModelTable("hookdoor", "gitsync_hookdoor"),
            ],
        ),
        migrations.RenameModel("Address", "Repository"),
        migrations.RenameModel("Clone", "LocalCopy"),
        migrations.RenameModel("HookDoor", "HookAddress"),
        migrations.RunPython(forwards, backwards),
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.RemoveConstraint("commit", "gitsync_one_commit"),
                migrations.RemoveIndex("commit", "gitsync_commit_time"),
                migrations.RemoveIndex("delivery", "gitsync_delivery_after"),
                migrations.RenameField("localcopy", "address", "repository"),
                migrations.RenameField("push", "address", "repository"),
                migrations.RenameField("commit", "address", "repository"),
                migrations.RenameField("registration", "address", "repository"),
                migrations.RenameField("request", "address", "repository"),
                migrations.RenameField("delivery", "address", "repository"),
                migrations.AlterField(
                    "localcopy",
                    "repository",
                    models.OneToOneField(
                        db_column="address_id",
                        on_delete=models.CASCADE,
                        related_name="local_copy",
                        to="gitsync.repository",
                        verbose_name="address",
                    ),
                ),
                migrations.AlterField("push", "repository", foreign_key("address", "pushes")),
                migrations.AlterField("commit", "repository", foreign_key("address", "commits")),
                migrations.AlterField("registration", "repository", foreign_key("canonical address", "registrations")),
                migrations.AlterField(
                    "request", "repository", foreign_key("address", "requests", models.SET_NULL, null=True)
                ),
                migrations.AlterField("delivery", "repository", foreign_key("address", "deliveries", null=True)),
                migrations.AlterField(
                    "hookaddress",
                    "course",
                    models.OneToOneField(
                        on_delete=models.CASCADE,
                        related_name="hook_address",
                        to="gitsync.coursekey",
                        verbose_name="course",
                    ),
                ),
                migrations.AddConstraint(
                    "commit", models.UniqueConstraint(fields=["repository", "sha"], name="gitsync_one_commit")
                ),
                migrations.AddIndex(
                    "commit", models.Index(fields=["repository", "author_time", "sha"], name="gitsync_commit_time")
                ),
                migrations.AddIndex(
                    "delivery", models.Index(fields=["repository", "after"], name="gitsync_delivery_after")
                ),
            ],
        ),
    ]
