"""The ZIPs of everybody's files of an exercise."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('courses', '0012_teams'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='WorkZip',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('choice', models.CharField(choices=[('deadline', 'At the deadline of each student'), ('latest', 'The latest commits')], max_length=10, verbose_name='commits')),
                ('students', models.JSONField(default=list, verbose_name='students')),
                ('state', models.CharField(choices=[('waiting', 'Waiting'), ('making', 'Being made'), ('ready', 'Ready'), ('failed', 'Failed'), ('cancelled', 'Cancelled'), ('expired', 'Expired')], db_index=True, default='waiting', max_length=10, verbose_name='state')),
                ('failure', models.CharField(blank=True, choices=[('disk_full', 'The disk of the server is full. Tell the administrator, and ask again later.'), ('ended', 'The worker ended several times. Ask again later, or for the files of fewer students.')], default='', max_length=10, verbose_name='failure')),
                ('build', models.CharField(default='', max_length=32, verbose_name='build')),
                ('attempts', models.PositiveSmallIntegerField(default=0, verbose_name='attempts')),
                ('folders', models.PositiveIntegerField(default=0, verbose_name='folders')),
                ('folders_done', models.PositiveIntegerField(default=0, verbose_name='folders done')),
                ('files', models.PositiveIntegerField(default=0, verbose_name='files')),
                ('left_out', models.PositiveIntegerField(default=0, verbose_name='files left out')),
                ('without_work', models.PositiveIntegerField(default=0, verbose_name='without work')),
                ('size', models.PositiveBigIntegerField(default=0, verbose_name='bytes')),
                ('asked_at', models.DateTimeField(verbose_name='asked')),
                ('touched_at', models.DateTimeField(verbose_name='last change')),
                ('ready_at', models.DateTimeField(null=True, verbose_name='ready')),
                ('expires_at', models.DateTimeField(null=True, verbose_name='expires')),
                ('asked_by', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='person')),
                ('task', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='work_zips', to='courses.task', verbose_name='task')),
            ],
            options={
                'verbose_name': 'ZIP of a class',
                'verbose_name_plural': 'ZIPs of classes',
                'constraints': [models.UniqueConstraint(fields=('task', 'asked_by', 'choice'), name='courses_one_work_zip')],
            },
        ),
    ]
