"""The demonstration's courses, made through the same verbs as any; repositories on disk, given as students do."""

from datetime import datetime, timedelta

from django.conf import settings
from django.core.management.base import CommandError
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from courses.demo.cast import COURSES, EXTENDED, FAILING, LATER_FOR_A_GROUP, REPOSITORY, SEMESTER, SILENT, DemoCourse
from courses.demo.script import answer, deadline, first_monday, history, parts, repository_name, statement
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
from gitsync.demo import cleanup, maker, place


def fill(people: dict[str, User], now: datetime | None = None) -> list[str]:
    """Courses, tasks, those of `people` who are in them, repositories; what is there already stays. Returns the titles.

    The repositories are read by a worker afterwards, from the demonstration's own Git server.
    """
    if not settings.DEMO_GIT_SERVER:
        raise CommandError("Set DEMO=1: without it no place is set aside for the demonstration's repositories.")
    now = now or timezone.now()
    for script in COURSES:
        course = _course(script, people, now)
        for username, group in parts(script.students, script.groups):
            if username not in people:
                continue
            enrolment = roster.enrol(None, course, username=username, group_id=group)
            _repository(script, enrolment, now)
            _answers(script, enrolment, now)
        _later_deadlines(script, course)
    return [script.title for script in COURSES]


def remove() -> None:
    """Take all of it away, also from the Git module and the disk."""
    for script in COURSES:
        course = Course.objects.with_wire_ids(script.teacher, SEMESTER, script.course_id).first()
        if course is not None:
            for enrolment in course.enrolments.select_related("person", "group", "course__semester__teacher"):
                roster.remove(None, enrolment)
            course.delete()
    teachers = [script.teacher for script in COURSES]
    Semester.objects.filter(teacher__username__in=teachers, semester_id=SEMESTER, courses=None).delete()
    cleanup.forget(teachers, SEMESTER, [student for script in COURSES for student in script.students])
    cleanup.remove_repositories()


def _course(script: DemoCourse, people: dict[str, User], now: datetime) -> Course:
    found = Course.objects.with_wire_ids(script.teacher, SEMESTER, script.course_id).first()
    if found is not None:
        return found
    teacher = people[script.teacher]
    with transaction.atomic():
        first = first_monday(timezone.localdate(now))
        course = courses.create_course(
            teacher,
            teacher,
            semester_id=SEMESTER,
            course_id=script.course_id,
            title=script.title,
            semester_title="Automne 2026",
            starts_on=first,
            ends_on=first + timedelta(weeks=15, days=-1),
        )
        course_tasks.add_task(
            teacher, course, path=REPOSITORY, title=f"Dépôt de {script.title}", asks_for=Task.Asks.REPOSITORY
        )
        for path, title in script.chapters.items():
            course_tasks.add_task(teacher, course, path=path, title=title, asks_for=Task.Asks.NOTHING)
        for exercise in script.exercises:
            course_tasks.add_task(
                teacher,
                course,
                path=exercise.path,
                title=exercise.title,
                statement=statement(exercise),
                repo_path=REPOSITORY,
                deadline=deadline(first, exercise, course.timezone),
            )
        for question in script.questions:
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


def _repository(script: DemoCourse, enrolment: Enrolment, now: datetime) -> None:
    person, course = enrolment.person, enrolment.course
    if person.username in SILENT or enrolment.student_repositories.exists():
        return
    name = repository_name(script, person.username)
    if person.username not in FAILING:
        first = course.semester.starts_on or first_monday(timezone.localdate(now))
        plan = history(script, person.username, person.display_name, first, now, course.timezone)
        maker.make(place.folder(name), plan)
    student_repositories.give_repository(person, enrolment, repo_path=REPOSITORY, url=place.url(name))


def _answers(script: DemoCourse, enrolment: Enrolment, now: datetime) -> None:
    """What this student gave until now; with the moment of the story, which the verb cannot know."""
    if enrolment.answers.exists():
        return
    tasks = {task.path: task for task in enrolment.course.tasks.filter(asks_for__in=Task.ANSWER_KINDS)}
    for question in script.questions:
        task = tasks.get(question.path)
        told = answer(question, enrolment.person.username, task.deadline) if task and task.deadline else None
        if task and told and told[0] <= now:
            given = answers.give_answer(enrolment.person, enrolment, task, text=told[1])
            given.given_at = told[0]
            given.save(update_fields=["given_at"])
            answer_progress.save_progress(given)


def _later_deadlines(script: DemoCourse, course: Course) -> None:
    tasks = {task.path: task for task in course.tasks.select_related("course__semester__teacher")}
    for (course_id, group_id, path), longer in LATER_FOR_A_GROUP.items():
        task, group = tasks.get(path), course.groups.filter(group_id=group_id).first()
        if course_id == script.course_id and task and task.deadline and group and not group.deadlines.exists():
            group_deadlines.set_group_deadline(course.teacher, task, group, deadline=task.deadline + longer)
    for (username, path), (longer, reason) in EXTENDED.items():
        enrolment = course.enrolments.filter(person__username=username).first()
        task = tasks.get(path)
        if enrolment and task and task.deadline and not enrolment.extensions.filter(task=task).exists():
            deadline = task.deadline + longer
            extensions.grant_extension(course.teacher, task, enrolment, deadline=deadline, reason=reason)
