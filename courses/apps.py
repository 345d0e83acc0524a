from django.apps import AppConfig
from django.utils.translation import gettext_noop as noop


class CoursesConfig(AppConfig):
    name = "courses"

    def ready(self) -> None:
        from accounts import activity

        activity.NAMES |= {
            "courses.create_course": noop("Course made"),
            "courses.add_task": noop("Task added"),
            "courses.change_task": noop("Task changed"),
            "courses.delete_task": noop("Task deleted"),
            "courses.enrol": noop("Student put on a course"),
            "courses.remove": noop("Student taken off a course"),
            "courses.give_repository": noop("Repository given"),
            "courses.remove_repository": noop("Repository taken away"),
        }
