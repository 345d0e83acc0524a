"""Commands that add, change and delete the tasks of a course.

Each one also sends the Git module what changed for it.
"""

import copy
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts import audit
from accounts.models import User
from courses.domain import replay
from courses.git import git_module
from courses.models import Course, Task
from courses.rules import tree
from kernel.database.text_hash import text_hash
from kernel.errors import Conflict
from kernel.ids import clean_path, path_parts
from live.publish import publish


def add_task(
    actor: User | None,
    course: Course,
    *,
    path: str,
    title: str = "",
    asks_for: str = Task.Asks.EXERCISE,
    statement: str = "",
    position: int | None = None,
    repo_path: str = "",
    source_folder_path: str = "",
    completion_keywords: str = "",
    deadline: datetime | None = None,
) -> Task:
    """A new task. Left empty: its title is the last part of the path; an exercise reads the nearest repository above,
    in the folder of its own path, and is completed by its title; it stands last. Exercises below a new repository that
    read the nearest one above read this one now."""
    path = clean_path(path, "path")
    title = title.strip() or (path_parts(path) or [course.title])[-1]
    task = Task(
        course=course,
        path=path,
        path_hash=text_hash(path),
        title=title,
        statement=statement,
        asks_for=asks_for,
        deadline=deadline,
    )
    with transaction.atomic():
        siblings = _hold(course.pk)
        task.position = max((one.position for one in siblings), default=0) + 1 if position is None else position
        if task.is_exercise:
            task.repo_path = clean_path(repo_path or tree.repository_above(path, siblings), "repo_path")
            task.source_folder_path = clean_path(source_folder_path or path, "source_folder_path")
            task.completion_keywords = completion_keywords.strip() or title
        _save(task)
        replay.take_up(task)
        _tell(None, task)
        _follow(actor, siblings, None, task)
        audit.record(actor, "courses.add_task", f"course:{course.pk}", after=_facts(task))
        publish(course.topic, course.plan_topic)
    return task


def change_task(actor: User | None, task: Task, **changes: Any) -> Task:
    """Change some fields of a task (those of `add_task`). What was pushed is judged anew.

    Exercises that read the nearest repository above go on doing so when it is another one now.
    """
    for name in ("path", "repo_path", "source_folder_path"):
        if name in changes and (changes[name] or name == "path"):
            changes[name] = clean_path(changes[name], name)
    with transaction.atomic():
        moving = "path" in changes or "asks_for" in changes
        others = [one for one in _hold(task.course_id) if one.pk != task.pk] if moving else []
        if not Task.objects.select_for_update().filter(pk=task.pk).exists():
            raise Conflict("gone", _("This task was deleted in the meantime."))
        task.refresh_from_db()  # two who change different fields at once both change them
        before = copy.copy(task)
        for name, value in changes.items():
            setattr(task, name, value)
        task.path_hash = text_hash(task.path)
        if task.is_exercise:
            if not task.repo_path or (not before.is_exercise and task.repo_path == before.repo_path == "/"):
                task.repo_path = tree.repository_above(task.path, list(task.course.tasks.exclude(pk=task.pk)))
            task.source_folder_path = task.source_folder_path or task.path
            task.completion_keywords = task.completion_keywords.strip() or task.title
        _save(task)
        other = before.asks_for != task.asks_for and (before.is_answered or task.is_answered)
        if before.path != task.path or other:
            task.progress.all().delete()  # it is another exercise now, or none
            replay.take_up(task)
        _tell(before, task)
        _follow(actor, others, before, task)
        audit.record(actor, "courses.change_task", f"task:{task.pk}", before=_facts(before), after=_facts(task))
        publish(task.course.topic, task.course.plan_topic)
    return task


def delete_task(actor: User | None, task: Task) -> None:
    """Take a task away; tasks below it stay and move up to the nearest parent left.

    Exercises that read their repository here because it was the nearest above read the next one above it.
    """
    with transaction.atomic():
        held = _hold(task.course_id)  # before the Git module's course, as whoever changes a task locks them
        if task.pk not in {one.pk for one in held}:
            return
        others = [one for one in held if one.pk != task.pk]
        if task.is_exercise:
            git_module.delete_exercise(task)
        _follow(actor, others, task, None)
        audit.record(actor, "courses.delete_task", f"course:{task.course_id}", before=_facts(task))
        publish(task.course.topic, task.course.plan_topic)
        task.delete()


def _hold(course_id: int) -> list[Task]:
    """Lock the students of a course and then its tasks, as whoever takes in an event does; the tasks, in key order."""
    replay.hold_students(course_id)
    return list(Task.objects.select_for_update().filter(course=course_id).order_by("pk"))


def _follow(actor: User | None, others: list[Task], before: Task | None, after: Task | None) -> None:
    """Let exercises read the nearest repository above them where that is another one; the Git module is told."""
    for exercise, place in tree.changed_repository_paths(others, before, after):
        exercise.course = (after or before or exercise).course
        was = copy.copy(exercise)
        exercise.repo_path = place
        exercise.save(update_fields=["repo_path"])
        git_module.modify_exercise(was, exercise)
        old, new = {"repo_path": was.repo_path}, {"repo_path": place}
        audit.record(actor, "courses.change_task", f"task:{exercise.pk}", before=old, after=new)


def _save(task: Task) -> None:
    try:
        with transaction.atomic():
            task.save()
    except IntegrityError:
        raise Conflict("exists", _("There is a task at this path already."), field="path") from None


def _tell(before: Task | None, task: Task) -> None:
    """Tell the Git module what changed for it, and nothing when nothing did."""
    was = before is not None and before.is_exercise
    if before is not None and was and (not task.is_exercise or before.path != task.path):
        git_module.delete_exercise(before)
        was = False
    if task.is_exercise and not was:
        git_module.register_exercise(task)
    elif before is not None and task.is_exercise and _watched(before) != _watched(task):
        git_module.modify_exercise(before, task)
    if task.asks_for == Task.Asks.REPOSITORY and (before is None or before.asks_for != task.asks_for):
        git_module.expect_repository(task)


def _watched(task: Task) -> tuple[str, str, str]:
    return task.repo_path, task.source_folder_path, task.completion_keywords


def _facts(task: Task) -> dict[str, str]:
    deadline = task.deadline.isoformat() if task.deadline else ""
    return {"path": task.path, "title": task.title, "asks_for": task.asks_for, "deadline": deadline}
