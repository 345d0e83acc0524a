"""The app of courses. It gives its audit events the names that people read, and registers its kinds of notices."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop


class CoursesConfig(AppConfig):
    name = "courses"
    verbose_name = _("Courses")

    def ready(self) -> None:
        from kernel.sealed_columns import SealedColumn, register

        register(SealedColumn("courses.ForgeConnection", "sealed_token", lambda row: row.token_binding))
        from accounts import recent_activity
        from accounts.audit_log import titles
        from accounts.audit_log.objects import KINDS, ObjectKind

        recent_activity.ROUTINE |= {
            "courses.give_repository",
            "courses.place_repository",
            "courses.remove_repository",
            "courses.give_answer",
            "courses.take_back_answer",
        }
        recent_activity.EVENT_TITLES |= {
            "courses.create_semester": gettext_noop("Semester created"),
            "courses.change_semester": gettext_noop("Semester changed"),
            "courses.delete_semester": gettext_noop("Semester deleted"),
            "courses.create_course": gettext_noop("Course created"),
            "courses.change_course": gettext_noop("Course changed"),
            "courses.create_group": gettext_noop("Group created"),
            "courses.rename_group": gettext_noop("Group renamed"),
            "courses.delete_group": gettext_noop("Group deleted"),
            "courses.create_team": gettext_noop("Team created"),
            "courses.rename_team": gettext_noop("Team renamed"),
            "courses.delete_team": gettext_noop("Team deleted"),
            "courses.set_team_members": gettext_noop("Students of a team chosen"),
            "courses.give_team_repository": gettext_noop("Repository of a team given"),
            "courses.remove_team_repository": gettext_noop("Repository of a team removed"),
            "courses.add_task": gettext_noop("Task added"),
            "courses.change_task": gettext_noop("Task changed"),
            "courses.delete_task": gettext_noop("Task deleted"),
            "courses.grant_extension": gettext_noop("Extension granted"),
            "courses.withdraw_extension": gettext_noop("Extension withdrawn"),
            "courses.count_completion": gettext_noop("Removed work counted"),
            "courses.stop_counting": gettext_noop("Removed work no longer counted"),
            "courses.set_group_deadline": gettext_noop("Deadline of a group set"),
            "courses.remove_group_deadline": gettext_noop("Deadline of a group removed"),
            "courses.enrol": gettext_noop("Person added to a course"),
            "courses.import_roster": gettext_noop("People added from a file"),
            "courses.remove": gettext_noop("Person removed from a course"),
            "courses.give_repository": gettext_noop("Repository given"),
            "courses.place_repository": gettext_noop("Repository taken from a forge"),
            "courses.remove_repository": gettext_noop("Repository removed"),
            "courses.connect_forge": gettext_noop("Forge connected"),
            "courses.install_hooks": gettext_noop("Hooks installed"),
            "courses.remove_hooks": gettext_noop("Hooks removed"),
            "courses.forget_forge": gettext_noop("Connection with a forge forgotten"),
            "courses.give_answer": gettext_noop("Answer given"),
            "courses.take_back_answer": gettext_noop("Answer taken back"),
        }
        titles.LOG_TITLES |= {
            "courses.export": gettext_noop("Table of a course exported"),
            "courses.ask_work_zip": gettext_noop("Files of a class asked for"),
            "courses.export_work_zip": gettext_noop("Files of a class downloaded"),
        }
        names = "courses.pages.audit_objects"
        KINDS.update(
            {
                "course": ObjectKind(gettext_noop("Course"), f"{names}.load_courses", f"{names}.find_courses"),
                "semester": ObjectKind(gettext_noop("Semester"), f"{names}.load_semesters", f"{names}.find_semesters"),
                "task": ObjectKind(gettext_noop("Task"), f"{names}.load_tasks", f"{names}.find_tasks"),
                "enrolment": ObjectKind(gettext_noop("Person in a course"), f"{names}.load_enrolments"),
            }
        )
        self._register_notices()

    def _register_notices(self) -> None:
        from courses.notices.readers import changes_courses, looks_after_courses, takes_courses
        from mail import kinds
        from mail.kinds import Kind

        section, student, team = "courses", takes_courses, looks_after_courses
        kinds.register(
            Kind("courses.added", _("You were added to a course"), section),
            Kind("courses.extension", _("Your extension was granted or withdrawn"), section, is_for=student),
            Kind("courses.deadline_moved", _("Your deadline moved"), section, is_for=student),
            Kind("courses.deadline_tomorrow", _("A task is due tomorrow and not done"), section, is_for=student),
            Kind("courses.repository_failing", _("Your repository cannot be read"), section, is_for=student),
            Kind(
                "courses.students_failing", _("Repositories of students cannot be read"), section, "daily", is_for=team
            ),
            Kind(
                "courses.request_waiting",
                _("A repository waits for the teacher"),
                section,
                "daily",
                is_for=changes_courses,
            ),
            Kind("courses.work_zip", _("The files of a class are ready to download"), section, is_for=team),
            Kind("courses.weekly_summary", _("The week of a course, on Monday"), section, "daily", is_for=team),
        )
