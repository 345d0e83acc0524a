"""The address of a repository that a teacher handed out, for a course and for an exercise."""

import kernel.fields
from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('courses', '0007_verified_dates'),
    ]

    operations = [
        migrations.AddField(
            model_name='course',
            name='starter_url',
            field=kernel.fields.ExactTextField(blank=True, default='', verbose_name='starter repository'),
        ),
        migrations.AddField(
            model_name='task',
            name='starter_url',
            field=kernel.fields.ExactTextField(blank=True, default='', verbose_name='starter repository'),
        ),
    ]
