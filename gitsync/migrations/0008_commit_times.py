"""Times that count for one student, times of repositories that are gone, starter commits, and reverts."""

import django.db.models.deletion
import kernel.fields
from django.db import migrations, models
from django.db.models import F, OuterRef, Subquery


def fill(apps, schema_editor):
    """Until now the times of a commit were the same for every student."""
    commits = apps.get_model("gitsync", "Commit").objects.filter(pk=OuterRef("commit"))
    completions = apps.get_model("gitsync", "Completion").objects
    completions.update(late_time=Subquery(commits.values("late_time")), seen_by=Subquery(commits.values("seen_by")))
    completions.update(claimed_time=F("late_time"))


class Migration(migrations.Migration):
    atomic = False  # MariaDB commits at each change of a table; SQLite cannot change a table that waits for its keys

    dependencies = [
        ('gitsync', '0007_commit_remarks'),
    ]

    operations = [
        migrations.AddField(
            model_name='commit',
            name='reverts',
            field=kernel.fields.ExactCharField(blank=True, default='', max_length=64, verbose_name='reverts'),
        ),
        migrations.AddField(
            model_name='commit',
            name='unconfirmed_receipt',
            field=models.BigIntegerField(null=True, verbose_name='unconfirmed receipt of a hook (epoch seconds)'),
        ),
        migrations.AddField(
            model_name='completion',
            name='claimed_time',
            field=models.BigIntegerField(default=0),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name='completion',
            name='late_time',
            field=models.BigIntegerField(default=0),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name='completion',
            name='seen_by',
            field=models.BigIntegerField(default=0),
            preserve_default=False,
        ),
        migrations.RunPython(fill, migrations.RunPython.noop, elidable=True),
        migrations.AddField(
            model_name='registration',
            name='former_read_at',
            field=models.BigIntegerField(blank=True, null=True, verbose_name='earlier repository read (epoch seconds)'),
        ),
        migrations.AddField(
            model_name='registration',
            name='has_earlier_times',
            field=models.BooleanField(default=False, editable=False),
        ),
        migrations.AlterField(
            model_name='match',
            name='reason',
            field=models.CharField(choices=[('exact', 'Exact'), ('fuzzy', 'Fuzzy'), ('ambiguous', 'Ambiguous'), ('none', 'None'), ('corrected', 'Corrected'), ('starter', 'Starter')], max_length=10),
        ),
        migrations.CreateModel(
            name='StarterCommit',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('exercise_path', kernel.fields.ExactTextField(blank=True, default='', verbose_name='exercise')),
                ('exercise_path_hash', kernel.fields.ExactCharField(max_length=64)),
                ('sha', kernel.fields.ExactCharField(max_length=64, verbose_name='sha')),
                ('read_at', models.DateTimeField(null=True, verbose_name='read')),
                ('course', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='starters', to='gitsync.coursekey', verbose_name='course')),
            ],
            options={
                'verbose_name': 'starter commit',
                'verbose_name_plural': 'starter commits',
            },
        ),
        migrations.CreateModel(
            name='HandedOut',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('sha', kernel.fields.ExactCharField(max_length=64)),
                ('starter', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='commits', to='gitsync.startercommit')),
            ],
        ),
        migrations.CreateModel(
            name='EarlierTime',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('sha', kernel.fields.ExactCharField(max_length=64)),
                ('committer_time', models.BigIntegerField()),
                ('seen_after', models.BigIntegerField(null=True)),
                ('seen_by', models.BigIntegerField()),
                ('unconfirmed_receipt', models.BigIntegerField(null=True)),
                ('course', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='earlier_times', to='gitsync.coursekey')),
                ('student', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='earlier_times', to='gitsync.studentkey')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('course', 'student', 'sha'), name='gitsync_one_earlier_time')],
            },
        ),
        migrations.CreateModel(
            name='FormerRepository',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('repo_path_hash', kernel.fields.ExactCharField(max_length=64)),
                ('read_at', models.BigIntegerField()),
                ('course', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='former_repositories', to='gitsync.coursekey')),
                ('student', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='former_repositories', to='gitsync.studentkey')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('course', 'student', 'repo_path_hash'), name='gitsync_one_former')],
            },
        ),
        migrations.AddConstraint(
            model_name='startercommit',
            constraint=models.UniqueConstraint(fields=('course', 'exercise_path_hash'), name='gitsync_one_starter'),
        ),
        migrations.AddConstraint(
            model_name='handedout',
            constraint=models.UniqueConstraint(fields=('starter', 'sha'), name='gitsync_one_handed_out'),
        ),
    ]
