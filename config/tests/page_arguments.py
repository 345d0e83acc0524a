"""The arguments of the addresses of pages, from the objects of the demonstration school."""

from collections.abc import Callable
from typing import Any

from calendars.models import open_addresses
from mail.stopping import stop_address


def course(school: dict[str, Any]) -> dict[str, Any]:
    return {"pk": school["course"].pk}


def semester(school: dict[str, Any]) -> dict[str, Any]:
    return {"pk": school["course"].semester_id}


def task(school: dict[str, Any]) -> dict[str, Any]:
    return course(school) | {"task_pk": school["task"].pk}


def answered(school: dict[str, Any]) -> dict[str, Any]:
    return {"pk": school["answered_task"].course_id, "task_pk": school["answered_task"].pk}


def student(school: dict[str, Any]) -> dict[str, Any]:
    return course(school) | {"username": school["student"].username}


def enrolment(school: dict[str, Any]) -> dict[str, Any]:
    return course(school) | {"enrolment_pk": school["enrolment"].pk}


def new_assistant(school: dict[str, Any]) -> dict[str, Any]:
    return course(school) | {"username": school["staff"].username}


def assistant(school: dict[str, Any]) -> dict[str, Any]:
    return course(school) | {"enrolment_pk": school["assistant"].pk}


def group(school: dict[str, Any]) -> dict[str, Any]:
    return course(school) | {"group_pk": school["enrolment"].group_id}


def student_team(school: dict[str, Any]) -> dict[str, Any]:
    return course(school) | {"team_pk": school["student_team"].pk}


def roster_import(school: dict[str, Any]) -> dict[str, Any]:
    return course(school) | {"import_pk": school["roster_import"].pk}


def forge_connection(school: dict[str, Any]) -> dict[str, Any]:
    return course(school) | {"connection_pk": school["forge_connection"].pk}


def repository(school: dict[str, Any]) -> dict[str, Any]:
    return student(school) | {"repository_pk": school["student_repository"].pk}


def extension(school: dict[str, Any]) -> dict[str, Any]:
    return task(school) | {"extension_pk": 1}


def student_task(school: dict[str, Any]) -> dict[str, Any]:
    return task(school) | student(school)


def work_zip(school: dict[str, Any]) -> dict[str, Any]:
    return task(school) | {"zip_pk": school["work_zip"].pk}


def worked_task(school: dict[str, Any]) -> dict[str, Any]:
    return student(school) | {"task_pk": school["worked_task"].pk}


def group_deadline(school: dict[str, Any]) -> dict[str, Any]:
    return task(school) | {"deadline_pk": 1}


def course_credential(school: dict[str, Any]) -> dict[str, Any]:
    return course(school) | {"credential_pk": school["course_credential"].pk}


def host_credential(school: dict[str, Any]) -> dict[str, Any]:
    return {"pk": school["host_credential"].pk}


def booking(school: dict[str, Any]) -> dict[str, Any]:
    return {"pk": school["booking"].pk}


def lost_time(school: dict[str, Any]) -> dict[str, Any]:
    return {"pk": 1}


def machine(school: dict[str, Any]) -> dict[str, Any]:
    return {"pk": school["machine"].pk}


def mail(school: dict[str, Any]) -> dict[str, Any]:
    return {"pk": school["mail"].pk}


def mail_to_stop(school: dict[str, Any]) -> dict[str, Any]:
    return {"token": stop_address(school["student"].pk, school["mail"].kind).rstrip("/").rpartition("/")[2]}


def account(school: dict[str, Any]) -> dict[str, Any]:
    return {"pk": school["student"].pk}


def one_time_link(school: dict[str, Any]) -> dict[str, Any]:
    return {"secret": school["link_secret"]}


def due_task(school: dict[str, Any]) -> dict[str, Any]:
    return {"pk": school["due_task"].course_id, "task_pk": school["due_task"].pk}


def calendar_secret(school: dict[str, Any]) -> dict[str, Any]:
    return {"secret": school["calendar_secret"]}


def calendar_address(school: dict[str, Any]) -> dict[str, Any]:
    return {"pk": open_addresses(school["student"]).get().pk}


def csv_of(arguments: Callable[[dict[str, Any]], dict[str, Any]]) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """Return the arguments of the file of a table: those of its page, and the format."""
    return lambda school: arguments(school) | {"file_format": "csv"}


# The arguments of a page's address, from the objects of the demonstration school (config/tests/school.py).
ARGUMENTS: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "course-matrix": course,
    "course-matrix-fragment": course,
    "course-roster": course,
    "course-roster-invitations": course,
    "course-tasks": course,
    "course-grades": course,
    "course-grades-file": csv_of(course),
    "course-matrix-file": csv_of(course),
    "course-repositories-file": csv_of(course),
    "course-roster-file": csv_of(course),
    "course-tasks-file": csv_of(course),
    "course-task-file": csv_of(task),
    "student-commits-file": csv_of(student),
    "student-tasks-file": csv_of(student),
    "farm-mine-file": csv_of(lambda school: {}),
    "farm-timeline-file": csv_of(lambda school: {}),
    "farm-machine-file": csv_of(machine),
    "course-semester": course,
    "course-settings": course,
    "course-repositories": course,
    "course-repositories-fragment": course,
    "course-reading-file": csv_of(course),
    "repositories-file": csv_of(lambda school: {}),
    "course-repositories-confirm": course,
    "course-credentials": course,
    "course-credentials-fragment": course,
    "course-credential": course_credential,
    "course-credential-test": course_credential,
    "course-credential-accept": course_credential,
    "course-credential-revoke": course_credential,
    "host-credential": host_credential,
    "host-credential-test": host_credential,
    "host-credential-accept": host_credential,
    "host-credential-revoke": host_credential,
    "course-archive": course,
    "course-hook-new": course,
    "semester": semester,
    "semester-delete": semester,
    "task-new": course,
    "course-task": task,
    "course-task-fragment": task,
    "task-own": answered,
    "task-own-fragment": answered,
    "task-edit": task,
    "task-extension": task,
    "task-extension-withdraw": extension,
    "task-count": student_task,
    "task-work": worked_task,
    "task-work-file": worked_task,
    "task-work-zip": student_task,
    "task-zips": task,
    "task-zips-fragment": task,
    "task-zip-file": work_zip,
    "task-zip-end": work_zip,
    "task-group-deadline": task,
    "task-group-deadline-remove": group_deadline,
    "task-delete": task,
    "course-student": student,
    "course-student-fragment": student,
    "course-repository": student,
    "course-repository-remove": repository,
    "course-repository-fragment": student,
    "course-repository-access": student,
    "course-repository-move": student,
    "course-repository-branch": student,
    "course-roster-remove": enrolment,
    "course-team": course,
    "course-team-fragment": course,
    "course-team-add": new_assistant,
    "course-team-member": assistant,
    "course-team-remove": assistant,
    "course-teams": course,
    "course-teams-file": csv_of(course),
    "course-student-team": student_team,
    "course-student-team-repository": student_team,
    "course-student-team-delete": student_team,
    "course-groups": course,
    "course-group": group,
    "course-group-delete": group,
    "course-roster-import-new": course,
    "course-roster-import": roster_import,
    "course-roster-import-fragment": roster_import,
    "course-forge": course,
    "course-forge-connection": forge_connection,
    "course-forge-fragment": forge_connection,
    "farm-reservation": booking,
    "farm-change": booking,
    "farm-cancel": booking,
    "farm-give-back": booking,
    "farm-move-end": booking,
    "farm-card": booking,
    "farm-move": booking,
    "farm-lost-time-seen": lost_time,
    "farm-free": machine,
    "farm-machine": machine,
    "one-time-link": one_time_link,
    "first-account": lambda school: {"secret": "ended"},
    "browser-end": lost_time,
    "person-account": account,
    "person-invite": account,
    "person-close": account,
    "person-reopen": account,
    "audit-log-file": csv_of(lambda school: {}),
    "help-page": lambda school: {"role": "assistant"},
    "first-step-leave": lambda school: {"name": "student.hook"},
    "first-step-take-up": lambda school: {"name": "student.hook"},
    "mail-for-staff": mail,
    "mail-send-again": mail,
    "stop-mails": mail_to_stop,
    "calendar-file": calendar_secret,
    "calendar-address-revoke": calendar_address,
    "farm-booking-calendar": booking,
    "task-deadline-calendar": due_task,
}
