from django.db import migrations, models


class Migration(migrations.Migration):
    """What is asked is ahead, so the index begins at the end of a booking: the past is not looked at."""

    dependencies = [("farm", "0004_capacity_check")]

    operations = [  # the new ones first: MariaDB needs an index for the foreign key at all times
        migrations.AddIndex(
            model_name="allocation",
            index=models.Index(
                fields=["resource", "end", "start", "held", "gpus", "memory_gb"], name="farm_allocation_resource_end"
            ),
        ),
        migrations.AddIndex(
            model_name="allocation",
            index=models.Index(fields=["end", "start"], name="farm_allocation_by_end"),
        ),
        migrations.RemoveIndex(model_name="allocation", name="farm_allocation_by_resource"),
        migrations.RemoveIndex(model_name="allocation", name="farm_allocation_by_start"),
    ]
