"""The connections of courses with forges, and the repositories that are listed there."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import kernel.fields


class Migration(migrations.Migration):
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("courses", "0010_teaching_team"),
    ]

    operations = [
        migrations.CreateModel(
            name="ForgeConnection",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="made")),
                ("touched_at", models.DateTimeField(auto_now=True, verbose_name="last change")),
                (
                    "forge",
                    models.CharField(
                        choices=[
                            ("github", "GitHub"),
                            ("gitlab", "GitLab"),
                            ("gitea", "Gitea, Forgejo"),
                            ("bitbucket", "Bitbucket Cloud"),
                        ],
                        max_length=10,
                        verbose_name="forge",
                    ),
                ),
                ("base_url", kernel.fields.ExactCharField(max_length=300, verbose_name="address of the server")),
                ("owner", kernel.fields.ExactCharField(max_length=255, verbose_name="organisation or group")),
                ("repo_path", kernel.fields.ExactTextField(verbose_name="repository at")),
                ("sealed_token", models.TextField(blank=True, default="", editable=False, verbose_name="sealed token")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("listing", "Reading the list of repositories"),
                            ("matching", "Reading who works in which repository"),
                            ("proposed", "Waits for your confirmation"),
                            ("installing", "Registering repositories and installing hooks"),
                            ("installed", "Done"),
                            ("removing", "Removing the hooks"),
                            ("removed", "Hooks removed"),
                        ],
                        db_index=True,
                        default="listing",
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                ("next_page", kernel.fields.ExactTextField(blank=True, default="", verbose_name="next page")),
                ("problem", models.CharField(blank=True, default="", max_length=20, verbose_name="problem")),
                (
                    "problem_detail",
                    models.CharField(blank=True, default="", max_length=300, verbose_name="words of the forge"),
                ),
                ("attempts", models.PositiveSmallIntegerField(default=0, verbose_name="errors in a row")),
                ("next_attempt_at", models.DateTimeField(blank=True, null=True, verbose_name="next attempt")),
                (
                    "lease",
                    models.CharField(blank=True, default="", editable=False, max_length=32, verbose_name="worker"),
                ),
                (
                    "leased_until",
                    models.DateTimeField(blank=True, editable=False, null=True, verbose_name="worker has it until"),
                ),
                (
                    "course",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="forge_connections",
                        to="courses.course",
                        verbose_name="course",
                    ),
                ),
                (
                    "created_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="person",
                    ),
                ),
            ],
            options={
                "verbose_name": "connection with a forge",
                "verbose_name_plural": "connections with forges",
                "constraints": [
                    models.UniqueConstraint(fields=("course", "base_url", "owner"), name="courses_one_forge_connection")
                ],
            },
        ),
        migrations.CreateModel(
            name="ForgeRepository",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("remote_id", kernel.fields.ExactCharField(max_length=100, verbose_name="id at the forge")),
                ("full_name", kernel.fields.ExactCharField(max_length=500, verbose_name="name")),
                ("clone_url", kernel.fields.ExactTextField(verbose_name="address")),
                ("is_private", models.BooleanField(default=True, verbose_name="private")),
                ("is_empty", models.BooleanField(default=False, verbose_name="empty")),
                (
                    "match",
                    models.CharField(
                        choices=[
                            ("given", "The student gave this repository"),
                            ("email", "E-mail address"),
                            ("member", "Member of the repository"),
                            ("name", "Name of the repository"),
                            ("chosen", "Chosen by you"),
                            ("several", "Several students come into question"),
                            ("twice", "Another repository fits the same student"),
                            ("none", "No student found"),
                        ],
                        default="none",
                        max_length=10,
                        verbose_name="match",
                    ),
                ),
                ("others", models.JSONField(blank=True, default=list, verbose_name="students of the same team")),
                ("candidates", models.JSONField(default=list, verbose_name="candidates")),
                ("people", models.JSONField(blank=True, null=True, verbose_name="people of the repository")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("listed", "Not begun"),
                            ("registered", "Registered, hook to be installed"),
                            ("installed", "Installed"),
                            ("failed", "Failed"),
                            ("removed", "Removed"),
                        ],
                        default="listed",
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                ("problem", models.CharField(blank=True, default="", max_length=20, verbose_name="problem")),
                (
                    "problem_detail",
                    models.CharField(blank=True, default="", max_length=300, verbose_name="words of the forge"),
                ),
                ("attempts", models.PositiveSmallIntegerField(default=0, verbose_name="errors in a row")),
                ("hook_id", kernel.fields.ExactCharField(blank=True, default="", max_length=100, verbose_name="hook")),
                ("done_at", models.DateTimeField(blank=True, null=True, verbose_name="done")),
                (
                    "connection",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="repositories",
                        to="courses.forgeconnection",
                        verbose_name="connection",
                    ),
                ),
                (
                    "enrolment",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="forge_repositories",
                        to="courses.enrolment",
                        verbose_name="student",
                    ),
                ),
            ],
            options={
                "verbose_name": "repository of a forge",
                "verbose_name_plural": "repositories of forges",
                "indexes": [models.Index(fields=["connection", "state", "attempts"], name="courses_forge_next")],
                "constraints": [
                    models.UniqueConstraint(fields=("connection", "remote_id"), name="courses_one_forge_repository")
                ],
            },
        ),
    ]
