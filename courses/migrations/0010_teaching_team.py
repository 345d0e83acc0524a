"""Co-teachers, the groups of assistants, and what a course lets its assistants do."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("courses", "0009_roster_imports")]

    operations = [
        migrations.AddField(
            model_name="course",
            name="assistants_extend",
            field=models.BooleanField(default=False, verbose_name="assistants grant extensions"),
        ),
        migrations.AddField(
            model_name="course",
            name="assistants_override",
            field=models.BooleanField(default=False, verbose_name="assistants count removed work"),
        ),
        migrations.AddField(
            model_name="enrolment",
            name="assisted_groups",
            field=models.ManyToManyField(
                blank=True, related_name="assistants", to="courses.group", verbose_name="assisted groups"
            ),
        ),
        migrations.AlterField(
            model_name="enrolment",
            name="role",
            field=models.CharField(
                choices=[("student", "Student"), ("assistant", "Assistant"), ("teacher", "Co-teacher")],
                default="student",
                max_length=10,
                verbose_name="role",
            ),
        ),
    ]
