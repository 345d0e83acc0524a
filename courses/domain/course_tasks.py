"""Commands that add, change and delete the tasks of a course.

Each one also sends the Git module what changed for it.
"""

import copy
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts import audit
from accounts.principals import Principal
from courses.domain import replay, task_progress
from courses.domain.moved_tasks import move_tasks_below
from courses.git import git_module, starters
from courses.models import Course, Task
from courses.notices.deadlines import deadlines_of, notify_moved, students_to_notify
from courses.rules import tree
from kernel.database.row_version import must_have_version
from kernel.database.text_hash import text_hash
from kernel.errors import Conflict
from kernel.ids import clean_path, path_parts
from live.publish import publish


def add_task(
    actor: Principal,
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
    starter_commit: str = "",
    starter_url: str = "",
    deadline: datetime | None = None,
) -> Task:
    """Add a task to a course.

    Defaults: the title is the last part of the path; the task comes last. An exercise is read in the nearest
    repository above it (`repo_path`), in the folder of its own path, and its title completes it. Exercises below a new
    repository move to it when their `repo_path` is the default one.

    Raises Malformed for a bad path, and Conflict when a task has this path already.
    """
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
        siblings = _lock_tasks(course.pk)
        task.position = max((sibling.position for sibling in siblings), default=0) + 1 if position is None else position
        if task.is_exercise:
            task.repo_path = clean_path(repo_path or tree.repository_above(path, siblings), "repo_path")
            task.source_folder_path = clean_path(source_folder_path or path, "source_folder_path")
            task.completion_keywords = completion_keywords.strip() or title
            task.starter_commit = starters.clean_sha(starter_commit)
            task.starter_url = starters.clean_starter_url(starter_url)
        _save(task)
        task_progress.derive_progress(task)
        _update_git_module(None, task)
        _move_exercises(actor, siblings, None, task)
        audit.record(actor, "courses.add_task", f"course:{course.pk}", after=_audit_values(task))
        publish(course.topic, course.plan_topic)
    return task


def change_task(actor: Principal, task: Task, *, version: str | None = None, **changes: Any) -> Task:
    """Change some fields of a task (those of `add_task`).

    Another path, or a change to or from a text or a tick, makes it another task: its progress is derived again. The
    tasks below it move with it (`moved_tasks`). Exercises whose `repo_path` is the default one follow when the nearest
    repository above them changes.

    version: the one that the caller has seen (`row_version`).

    Raises Malformed for a bad path, and Conflict when the task is deleted, has another version by now, or another task
    has the path.
    """
    for name in ("path", "repo_path", "source_folder_path"):
        if name in changes and (changes[name] or name == "path"):
            changes[name] = clean_path(changes[name], name)
    if "starter_commit" in changes:
        changes["starter_commit"] = starters.clean_sha(changes["starter_commit"])
    if "starter_url" in changes:
        changes["starter_url"] = starters.clean_starter_url(changes["starter_url"])
    with transaction.atomic():
        may_move = "path" in changes or "asks_for" in changes
        others = [other for other in _lock_tasks(task.course_id) if other.pk != task.pk] if may_move else []
        if not Task.objects.select_for_update().filter(pk=task.pk).exists():
            raise Conflict("gone", _("This task was deleted in the meantime."))
        task.refresh_from_db()  # another request may have changed other fields: keep its changes
        must_have_version(task, version)
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
        other_kind = before.asks_for != task.asks_for and (before.is_answered or task.is_answered)
        if before.path != task.path or other_kind:
            task_progress.derive_again(task)  # the old progress belongs to another exercise
        _update_git_module(before, task)
        _move_exercises(actor, others, before, task)
        move_tasks_below(actor, others, before, task)
        event = audit.record(
            actor, "courses.change_task", f"task:{task.pk}", before=_audit_values(before), after=_audit_values(task)
        )
        if before.deadline != task.deadline:
            students = students_to_notify(task)
            due_before, due = deadlines_of(before, students), deadlines_of(task, students)
            notify_moved(actor, task, students, due_before, due, event=event.pk)
        publish(task.course.topic, task.course.plan_topic)
    return task


def delete_task(actor: Principal, task: Task, *, version: str | None = None) -> None:
    """Delete a task. Tasks below it stay and belong to the nearest task above them.

    Exercises whose `repo_path` is the default one move to the next repository above. A task that is deleted already is
    no error. Raises Conflict when the task has another `version` by now than the caller has seen.
    """
    with transaction.atomic():
        tasks = _lock_tasks(task.course_id)  # lock order: before the Git module's course, as in the other commands
        if task.pk not in {other.pk for other in tasks}:
            return
        others = [other for other in tasks if other.pk != task.pk]
        must_have_version(next(other for other in tasks if other.pk == task.pk), version)
        if task.is_exercise:
            git_module.delete_exercise(task)
            if task.starter_commit or task.starter_url:
                starters.name_starter(task.course, task.path, "", "")
        _move_exercises(actor, others, task, None)
        audit.record(actor, "courses.delete_task", f"course:{task.course_id}", before=_audit_values(task))
        publish(task.course.topic, task.course.plan_topic)
        task.delete()


def _lock_tasks(course_id: int) -> list[Task]:
    """Lock the students of a course and then its tasks, and return the tasks in the order of their keys.

    Whoever receives an event locks in the same order.
    """
    replay.lock_students(course_id)
    return list(Task.objects.select_for_update().filter(course=course_id).order_by("pk"))


def _move_exercises(actor: Principal, others: list[Task], before: Task | None, after: Task | None) -> None:
    """Save the new `repo_path` of exercises whose nearest repository above changes, and send it to the Git module."""
    for exercise, repo_path in tree.changed_repository_paths(others, before, after):
        exercise.course = (after or before or exercise).course
        old_exercise = copy.copy(exercise)
        exercise.repo_path = repo_path
        exercise.save(update_fields=["repo_path"])
        git_module.modify_exercise(old_exercise, exercise)
        old, new = {"repo_path": old_exercise.repo_path}, {"repo_path": repo_path}
        audit.record(actor, "courses.change_task", f"task:{exercise.pk}", before=old, after=new)


def _save(task: Task) -> None:
    try:
        with transaction.atomic():
            task.save()
    except IntegrityError:
        raise Conflict("exists", _("There is a task at this path already."), field="path") from None


def _update_git_module(before: Task | None, task: Task) -> None:
    """Send the Git module what changed for it; send nothing when nothing changed."""
    registered = before is not None and before.is_exercise
    if before is not None and registered and (not task.is_exercise or before.path != task.path):
        git_module.delete_exercise(before)
        registered = False
    if task.is_exercise and not registered:
        git_module.register_exercise(task)
    elif before is not None and task.is_exercise and _watched_fields(before) != _watched_fields(task):
        git_module.modify_exercise(before, task)
    starter = _starter(task)
    if any(starter) or any(_starter(before)):
        starters.name_starter(task.course, task.path, *starter, old_path=before.path if before else "")
    if task.asks_for == Task.Asks.REPOSITORY and (before is None or before.asks_for != task.asks_for):
        git_module.expect_repository(task)


def _starter(task: Task | None) -> tuple[str, str]:
    """Return the starter commit and the URL of the starter repository of an exercise, "" for none."""
    return (task.starter_commit, task.starter_url) if task is not None and task.is_exercise else ("", "")


def _watched_fields(task: Task) -> tuple[str, str, str]:
    return task.repo_path, task.source_folder_path, task.completion_keywords


def _audit_values(task: Task) -> dict[str, str]:
    deadline = task.deadline.isoformat() if task.deadline else ""
    return {"path": task.path, "title": task.title, "asks_for": task.asks_for, "deadline": deadline}
