"""When completions were first seen, completions that a teacher counts, starter commits, and marks of commits."""

import django.db.models.deletion
import kernel.fields
from django.conf import settings
from django.db import migrations, models
from django.db.models import F, Min


def fill(apps, schema_editor):
    """Take over when the Git module of this installation first saw the commits that complete a task."""
    progress = apps.get_model("courses", "Progress").objects
    completions = apps.get_model("gitsync", "Completion").objects
    for course in apps.get_model("courses", "Course").objects.select_related("semester__teacher").iterator():
        found = completions.filter(
            registration__course__teacher_id=course.semester.teacher.username,
            registration__course__semester_id=course.semester.semester_id,
            registration__course__course_id=course.course_id,
        )
        seen = {
            (student, path_hash): first
            for student, path_hash, first in found.values("registration__student__student_id", "exercise_path_hash")
            .annotate(first=Min("commit__seen_by"))
            .values_list("registration__student__student_id", "exercise_path_hash", "first")
            .order_by()
        }
        changed = []
        rows = progress.filter(task__course=course, state="done", task__asks_for="exercise")
        for row in rows.exclude(completed_time=None).annotate(
            student=F("enrolment__person__username"), path_hash=F("task__path_hash")
        ):
            first = seen.get((row.student, row.path_hash))
            if first is not None and first > row.completed_time:
                row.proven_time = first
                changed.append(row)
        progress.bulk_update(changed, ["proven_time"], batch_size=500)


class Migration(migrations.Migration):
    atomic = False  # MariaDB commits at each change of a table; SQLite cannot change a table that waits for its keys

    dependencies = [
        ('courses', '0006_activity_remarks'),
        ('gitsync', '0006_plain_names'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='CountedCompletion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('completed_time', models.BigIntegerField(verbose_name='done at (epoch seconds)')),
                ('proven_time', models.BigIntegerField(blank=True, null=True, verbose_name='first seen at (epoch seconds)')),
                ('removed_at', models.DateTimeField(verbose_name='removed')),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='made')),
            ],
            options={
                'verbose_name': 'counted completion',
                'verbose_name_plural': 'counted completions',
            },
        ),
        migrations.AddField(
            model_name='activity',
            name='outside_folder',
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name='activity',
            name='reverts',
            field=kernel.fields.ExactCharField(blank=True, default='', max_length=64),
        ),
        migrations.AddField(
            model_name='course',
            name='starter_commit',
            field=kernel.fields.ExactCharField(blank=True, default='', max_length=64, verbose_name='starter commit'),
        ),
        migrations.AddField(
            model_name='course',
            name='unproven_counts_as',
            field=models.CharField(choices=[('on-time', 'on time'), ('late', 'late')], default='on-time', max_length=8, verbose_name='work whose date is not verified counts as'),
        ),
        migrations.AddField(
            model_name='progress',
            name='proven_time',
            field=models.BigIntegerField(blank=True, null=True, verbose_name='first seen at (epoch seconds)'),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop, elidable=True),
        migrations.AddField(
            model_name='task',
            name='starter_commit',
            field=kernel.fields.ExactCharField(blank=True, default='', max_length=64, verbose_name='starter commit'),
        ),
        migrations.AlterField(
            model_name='progress',
            name='state',
            field=models.CharField(choices=[('todo', 'To do'), ('started', 'Started'), ('done', 'Done'), ('removed', 'Was done, removed by a rewrite')], default='todo', max_length=8, verbose_name='state'),
        ),
        migrations.AddIndex(
            model_name='progress',
            index=models.Index(fields=['enrolment', 'task', 'state', 'completed_time', 'proven_time'], name='courses_progress_times'),
        ),
        migrations.RemoveIndex(
            model_name='progress',
            name='courses_progress_states',
        ),
        migrations.AddField(
            model_name='countedcompletion',
            name='counted_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='counted by'),
        ),
        migrations.AddField(
            model_name='countedcompletion',
            name='enrolment',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='counted_completions', to='courses.enrolment', verbose_name='student'),
        ),
        migrations.AddField(
            model_name='countedcompletion',
            name='task',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='counted_completions', to='courses.task', verbose_name='task'),
        ),
        migrations.AddConstraint(
            model_name='countedcompletion',
            constraint=models.UniqueConstraint(fields=('enrolment', 'task'), name='courses_one_counted'),
        ),
    ]
