"""Fields and what people read of them get plain names. Columns stay; nothing changes in the database."""

from django.db import migrations, models


def repository(related_name, on_delete=models.CASCADE, **options):
    return models.ForeignKey(
        db_column="address_id",
        on_delete=on_delete,
        related_name=related_name,
        to="gitsync.repository",
        verbose_name="repository",
        **options,
    )


class Migration(migrations.Migration):
    dependencies = [("gitsync", "0005_repository")]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.RenameField("hookaddress", "made_at", "created_at"),
                migrations.RenameField("localcopy", "asked", "sync_request_count"),
                migrations.RenameField("localcopy", "refs_asked_at", "refs_requested_at"),
                migrations.RenameField("localcopy", "settled_until", "announced_until"),
                migrations.RenameField("registration", "again", "registered_again"),
                migrations.RenameField("unknownurl", "told_at", "reported_at"),
                migrations.AlterField(
                    "hookaddress",
                    "created_at",
                    models.DateTimeField(auto_now_add=True, db_column="made_at", verbose_name="made"),
                ),
                migrations.AlterField(
                    "localcopy",
                    "sync_request_count",
                    models.PositiveBigIntegerField(db_column="asked", default=0, verbose_name="sync requests"),
                ),
                migrations.AlterField(
                    "localcopy",
                    "refs_requested_at",
                    models.BigIntegerField(
                        blank=True,
                        db_column="refs_asked_at",
                        null=True,
                        verbose_name="branches requested (epoch seconds)",
                    ),
                ),
                migrations.AlterField(
                    "localcopy",
                    "announced_until",
                    models.BigIntegerField(db_column="settled_until", default=0, verbose_name="announced up to commit"),
                ),
                migrations.AlterField(
                    "registration",
                    "registered_again",
                    models.BooleanField(db_column="again", default=False, verbose_name="registered again"),
                ),
                migrations.AlterField(
                    "unknownurl",
                    "reported_at",
                    models.DateTimeField(db_column="told_at", verbose_name="reported"),
                ),
                migrations.AlterField("push", "repository", repository("pushes")),
                migrations.AlterField("commit", "repository", repository("commits")),
                migrations.AlterField("request", "repository", repository("requests", models.SET_NULL, null=True)),
                migrations.AlterField("delivery", "repository", repository("deliveries", null=True)),
                migrations.AlterField(
                    "localcopy",
                    "repository",
                    models.OneToOneField(
                        db_column="address_id",
                        on_delete=models.CASCADE,
                        related_name="local_copy",
                        to="gitsync.repository",
                        verbose_name="repository",
                    ),
                ),
                migrations.AlterModelOptions(
                    "localcopy", {"verbose_name": "repository", "verbose_name_plural": "repositories"}
                ),
            ],
        ),
    ]
