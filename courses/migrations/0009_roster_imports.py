"""The imports of files of people."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ('courses', '0008_starter_url'),
    ]

    operations = [
        migrations.CreateModel(
            name='RosterImport',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('created_at', models.DateTimeField(auto_now_add=True, db_index=True, verbose_name='made')),
                ('touched_at', models.DateTimeField(auto_now=True, verbose_name='last change')),
                ('state', models.CharField(choices=[('open', 'Not applied yet'), ('applying', 'Being applied'), ('done', 'Done')], db_index=True, default='open', max_length=10, verbose_name='state')),
                ('file_name', models.CharField(blank=True, default='', max_length=200, verbose_name='file')),
                ('how', models.CharField(blank=True, default='', max_length=500, verbose_name='how it was read')),
                ('lines', models.JSONField(default=list, verbose_name='lines')),
                ('columns', models.JSONField(default=list, verbose_name='columns')),
                ('head_lines', models.PositiveSmallIntegerField(default=0, verbose_name='lines above the people')),
                ('invite', models.BooleanField(default=True, verbose_name='invite')),
                ('usernames', models.JSONField(default=dict, verbose_name='new user names')),
                ('position', models.PositiveIntegerField(default=0, verbose_name='lines done')),
                ('results', models.JSONField(default=list, verbose_name='results')),
                ('counts', models.JSONField(default=dict, verbose_name='counts')),
                ('course', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='roster_imports', to='courses.course', verbose_name='course')),
                ('created_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='person')),
            ],
            options={
                'verbose_name': 'import of people',
                'verbose_name_plural': 'imports of people',
            },
        ),
    ]
