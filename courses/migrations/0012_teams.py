"""The teams of a course, their members and their repositories."""

import django.db.models.deletion
from django.db import migrations, models

import kernel.fields


class Migration(migrations.Migration):
    dependencies = [("courses", "0011_forge_connections")]

    operations = [
        migrations.AddField(
            model_name="course",
            name="has_teams",
            field=models.BooleanField(default=False, editable=False, verbose_name="has teams"),
        ),
        migrations.CreateModel(
            name="Team",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("title", kernel.fields.ExactCharField(max_length=120, verbose_name="title")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="made")),
                (
                    "course",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="teams",
                        to="courses.course",
                        verbose_name="course",
                    ),
                ),
            ],
            options={
                "verbose_name": "team",
                "verbose_name_plural": "teams",
                "constraints": [models.UniqueConstraint(fields=("course", "title"), name="courses_one_team")],
            },
        ),
        migrations.CreateModel(
            name="TeamRepository",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("repo_path", kernel.fields.ExactTextField(verbose_name="repository at")),
                ("repo_path_hash", kernel.fields.ExactCharField(max_length=64, verbose_name="hash of the path")),
                ("url", kernel.fields.ExactTextField(verbose_name="address")),
                (
                    "team",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="repositories",
                        to="courses.team",
                        verbose_name="team",
                    ),
                ),
            ],
            options={
                "verbose_name": "repository of a team",
                "verbose_name_plural": "repositories of teams",
                "constraints": [
                    models.UniqueConstraint(fields=("team", "repo_path_hash"), name="courses_one_team_repository")
                ],
            },
        ),
        migrations.AddField(
            model_name="enrolment",
            name="team",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="members",
                to="courses.team",
                verbose_name="team",
            ),
        ),
    ]
