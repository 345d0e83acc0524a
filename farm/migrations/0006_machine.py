"""Resource is called Machine. The tables, columns, indexes and constraints stay as they are in the database."""

from django.db import migrations, models

ACTIONS = ("add", "change", "delete", "view")


def rename_permissions(apps, old, new):
    permissions = apps.get_model("auth", "Permission").objects.filter(content_type__app_label="farm")
    for action in ACTIONS:
        permissions.filter(codename=f"{action}_{old}").update(codename=f"{action}_{new}")


def forwards(apps, schema_editor):
    rename_permissions(apps, "resource", "machine")


def backwards(apps, schema_editor):
    rename_permissions(apps, "machine", "resource")


class Migration(migrations.Migration):
    dependencies = [
        ("farm", "0005_index_by_end"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [
        migrations.RenameModel("Resource", "Machine"),
        migrations.RunPython(forwards, backwards),
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.RemoveIndex("closure", "farm_closure_by_resource"),
                migrations.RemoveIndex("allocation", "farm_allocation_resource_end"),
                migrations.RemoveConstraint("allocation", "farm_allocation_once_per_resource"),
                migrations.RenameField("closure", "resource", "machine"),
                migrations.RenameField("allocation", "resource", "machine"),
                migrations.AlterField(
                    "closure",
                    "machine",
                    models.ForeignKey(
                        db_column="resource_id",
                        on_delete=models.deletion.CASCADE,
                        related_name="closures",
                        to="farm.machine",
                        verbose_name="machine",
                    ),
                ),
                migrations.AlterField(
                    "allocation",
                    "machine",
                    models.ForeignKey(
                        db_column="resource_id",
                        db_index=False,
                        on_delete=models.deletion.PROTECT,
                        related_name="allocations",
                        to="farm.machine",
                    ),
                ),
                migrations.AddIndex(
                    "closure", models.Index(fields=["machine", "end"], name="farm_closure_by_resource")
                ),
                migrations.AddIndex(
                    "allocation",
                    models.Index(
                        fields=["machine", "end", "start", "held", "gpus", "memory_gb"],
                        name="farm_allocation_resource_end",
                    ),
                ),
                migrations.AddConstraint(
                    "allocation",
                    models.UniqueConstraint(
                        fields=["reservation", "machine"], name="farm_allocation_once_per_resource"
                    ),
                ),
            ],
        ),
    ]
