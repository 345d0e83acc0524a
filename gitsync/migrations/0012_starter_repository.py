"""Repositories that a teacher handed out."""

import django.db.models.deletion
import kernel.fields
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('gitsync', '0011_slow_repositories'),
    ]

    operations = [
        migrations.CreateModel(
            name='StarterRepository',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('exercise_path', kernel.fields.ExactTextField(blank=True, default='', verbose_name='exercise')),
                ('exercise_path_hash', kernel.fields.ExactCharField(max_length=64)),
                ('repo_url', kernel.fields.ExactTextField(verbose_name='repository URL')),
                ('course', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='starter_repositories', to='gitsync.coursekey', verbose_name='course')),
                ('repository', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='starters', to='gitsync.repository', verbose_name='repository')),
            ],
            options={
                'verbose_name': 'starter repository',
                'verbose_name_plural': 'starter repositories',
                'constraints': [models.UniqueConstraint(fields=('course', 'exercise_path_hash'), name='gitsync_one_starter_repository')],
            },
        ),
    ]
