from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("live", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="change",
            name="rows",
            field=models.CharField(db_default="", default="", max_length=400),
        ),
    ]
