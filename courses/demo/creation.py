"""Fill and remove the demonstration's courses, with the same commands as for real ones; repositories are on disk."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.core.management.base import CommandError
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from courses.demo import demo_teams
from courses.demo.course_data import (
    COURSES,
    EXTENDED,
    FAILING,
    LATER_FOR_A_GROUP,
    REPOSITORY,
    SEMESTER,
    SILENT,
    UNSEEN,
    DemoCourse,
)
from courses.demo.student_work import (
    answer,
    assign_groups,
    deadline,
    first_monday,
    history,
    pushed_at,
    repository_name,
    statement,
)
from courses.domain import (
    answer_progress,
    answers,
    course_tasks,
    courses,
    extensions,
    group_deadlines,
    roster,
    student_repositories,
)
from courses.models import Course, Enrolment, Semester, Task
from gitsync.demo import cleanup, earlier_times, locations, repositories
from gitsync.demo.repositories import Change
from gitsync.values import CourseIds
from kernel.epoch import to_epoch

READ_AFTER = timedelta(minutes=3)


def fill(people: dict[str, User], now: datetime | None = None) -> list[str]:
    """Create the courses, their tasks, students and repositories; keep those that exist. Return the courses' titles.

    people: the accounts by user name; a student without an account is left out. A worker reads the repositories later,
    from the demonstration's Git server.
    """
    if not settings.DEMO_GIT_SERVER:
        raise CommandError("Set DEMO=1: without it the demonstration's repositories have no server.")
    now = now or timezone.now()
    for data in COURSES:
        course, enrolments = _course(data, people, now), []
        for username, group in assign_groups(data.students, data.groups):
            if username not in people:
                continue
            enrolment = roster.enrol(None, course, username=username, group_id=group)
            enrolments.append(enrolment)
            _repository(data, enrolment, now)
            _answers(data, enrolment, now)
        _teams(data, course, enrolments, now)
        _later_deadlines(data, course)
    return [data.title for data in COURSES]


def remove() -> None:
    """Delete all of it, also from the Git module and the disk."""
    for data in COURSES:
        course = Course.objects.with_wire_ids(data.teacher, SEMESTER, data.course_id).first()
        if course is not None:
            for enrolment in course.enrolments.select_related("person", "group", "course__semester__teacher"):
                roster.remove(None, enrolment)
            course.delete()
    teachers = [data.teacher for data in COURSES]
    Semester.objects.filter(teacher__username__in=teachers, semester_id=SEMESTER, courses=None).delete()
    cleanup.forget(teachers, SEMESTER, [student for data in COURSES for student in data.students])
    cleanup.remove_repositories()


def _course(data: DemoCourse, people: dict[str, User], now: datetime) -> Course:
    existing = Course.objects.with_wire_ids(data.teacher, SEMESTER, data.course_id).first()
    if existing is not None:
        return existing
    teacher = people[data.teacher]
    with transaction.atomic():
        first = first_monday(timezone.localdate(now))
        course = courses.create_course(
            teacher,
            teacher,
            semester_id=SEMESTER,
            course_id=data.course_id,
            title=data.title,
            semester_title="Automne 2026",
            starts_on=first,
            ends_on=first + timedelta(weeks=15, days=-1),
        )
        course_tasks.add_task(
            teacher, course, path=REPOSITORY, title=f"Dépôt de {data.title}", asks_for=Task.Asks.REPOSITORY
        )
        for path, title in data.chapters.items():
            course_tasks.add_task(teacher, course, path=path, title=title, asks_for=Task.Asks.NOTHING)
        for exercise in data.exercises:
            course_tasks.add_task(
                teacher,
                course,
                path=exercise.path,
                title=exercise.title,
                statement=statement(exercise),
                repo_path=REPOSITORY,
                deadline=deadline(first, exercise, course.timezone),
            )
        for question in data.questions:
            course_tasks.add_task(
                teacher,
                course,
                path=question.path,
                title=question.title,
                asks_for=question.asks_for,
                statement=question.statement,
                deadline=deadline(first, question, course.timezone),
            )
    return course


def _repository(data: DemoCourse, enrolment: Enrolment, now: datetime) -> None:
    person, course = enrolment.person, enrolment.course
    if person.username in SILENT | demo_teams.team_members(data) or enrolment.student_repositories.exists():
        return
    name = repository_name(data, person.username)
    if person.username not in FAILING:
        first = course.semester.starts_on or first_monday(timezone.localdate(now))
        commits = history(data, person.username, person.display_name, first, now, course.timezone)
        repositories.create(locations.folder(name), commits)
        if person.username != UNSEEN:
            _save_times(name, enrolment, commits, now, person.username)
    student_repositories.give_repository(person, enrolment, repo_path=REPOSITORY, url=locations.url(name))


def _teams(data: DemoCourse, course: Course, enrolments: Sequence[Enrolment], now: datetime) -> None:
    for title, changes in demo_teams.create_repositories(data, enrolments, now).items():
        for enrolment in enrolments:
            if enrolment.person.username in data.teams[title] and enrolment.team_id is None:
                _save_times(demo_teams.team_repository_name(data, title), enrolment, changes, now, title)
    demo_teams.save_teams(data, course, enrolments)


def _save_times(name: str, enrolment: Enrolment, changes: Sequence[Change], now: datetime, author: str) -> None:
    """Save that each commit was seen READ_AFTER the author pushed it. Otherwise its date would not be verified."""
    course, username = enrolment.course, enrolment.person.username
    ids = CourseIds(course.teacher.username, course.semester.semester_id, course.course_id)
    pushed = [min(pushed_at(change, author, now) + READ_AFTER, now) for change in changes]
    shas = repositories.commit_ids(locations.folder(name))
    times = zip(shas, changes, pushed, strict=False)  # a repository that was there before may have more commits
    earlier_times.save(ids, username, [(sha, to_epoch(change.at), to_epoch(seen)) for sha, change, seen in times])


def _answers(data: DemoCourse, enrolment: Enrolment, now: datetime) -> None:
    """Create the student's answers up to now, with the scenario's time: the command would set the present time."""
    if enrolment.answers.exists():
        return
    tasks = {task.path: task for task in enrolment.course.tasks.filter(asks_for__in=Task.ANSWER_KINDS)}
    for question in data.questions:
        task = tasks.get(question.path)
        planned = answer(question, enrolment.person.username, task.deadline) if task and task.deadline else None
        if task and planned and planned[0] <= now:
            given_at, text = planned
            row = answers.give_answer(enrolment.person, enrolment, task, text=text)
            row.given_at = given_at
            row.save(update_fields=["given_at"])
            answer_progress.save_progress(row)


def _later_deadlines(data: DemoCourse, course: Course) -> None:
    tasks = {task.path: task for task in course.tasks.select_related("course__semester__teacher")}
    for (course_id, group_id, path), longer in LATER_FOR_A_GROUP.items():
        task, group = tasks.get(path), course.groups.filter(group_id=group_id).first()
        if course_id == data.course_id and task and task.deadline and group and not group.deadlines.exists():
            group_deadlines.set_group_deadline(course.teacher, task, group, deadline=task.deadline + longer)
    for (username, path), (longer, reason) in EXTENDED.items():
        enrolment = course.enrolments.filter(person__username=username).first()
        task = tasks.get(path)
        if enrolment and task and task.deadline and not enrolment.extensions.filter(task=task).exists():
            deadline = task.deadline + longer
            extensions.grant_extension(course.teacher, task, enrolment, deadline=deadline, reason=reason)
