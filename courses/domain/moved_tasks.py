"""Moves the tasks below a chapter when the chapter gets another path."""

import copy
from collections.abc import Sequence

from django.utils.translation import gettext as _

from accounts import audit
from accounts.principals import Principal
from courses.domain import task_progress
from courses.git import git_module, starters
from courses.models import StudentRepository, Task, TeamRepository
from kernel.database.text_hash import text_hash
from kernel.errors import Conflict
from kernel.ids import is_under


def move_tasks_below(actor: Principal, others: Sequence[Task], before: Task, task: Task) -> None:
    """Give the tasks below `before` the paths below `task`, the same chapter with its new path.

    Their source folders stay, because the students' folders stay; their progress is derived again. A task for a
    repository, and the task of the root "/", move alone. `others` are the other tasks of the course, locked.

    Raises Conflict when a new path is taken, or when students gave repositories at a path that would move.
    """
    if before.path in (task.path, "/") or Task.Asks.REPOSITORY in (before.asks_for, task.asks_for):
        return
    moving = [other for other in others if other.path != before.path and is_under(other.path, before.path)]
    new_paths = {other.path: task.path + other.path.removeprefix(before.path) for other in moving}
    _check(moving, new_paths, {other.path for other in others} - new_paths.keys())
    before_by_pk = {other.pk: copy.copy(other) for other in moving}
    for other in moving:  # in a round of its own: the new path of one may be the old path of another
        other.course = before_by_pk[other.pk].course = task.course
        Task.objects.filter(pk=other.pk).update(path_hash=f"moving {other.pk}")
        _leave_git_module(before_by_pk[other.pk])
    for other in sorted(moving, key=lambda other: other.asks_for != Task.Asks.REPOSITORY):
        old = before_by_pk[other.pk]
        other.path = new_paths[old.path]
        other.path_hash = text_hash(other.path)
        other.repo_path = new_paths.get(other.repo_path, other.repo_path)
        other.save(update_fields=["path", "path_hash", "repo_path"])
        task_progress.derive_again(other)
        _enter_git_module(other)
        audit.record(
            actor, "courses.change_task", f"task:{other.pk}", before={"path": old.path}, after={"path": other.path}
        )
    for other in (other for other in others if other not in moving and other.repo_path in new_paths):
        other.course = task.course
        old = copy.copy(other)
        other.repo_path = new_paths[other.repo_path]
        other.save(update_fields=["repo_path"])
        if other.is_exercise:
            git_module.modify_exercise(old, other)


def _check(moving: Sequence[Task], new_paths: dict[str, str], taken: set[str]) -> None:
    if clashes := sorted(taken.intersection(new_paths.values())):
        sentence = _("The tasks below this chapter move with it, and there is already a task at %(path)s.")
        raise Conflict("exists", sentence % {"path": clashes[0]}, field="path")
    places = [task.path for task in moving if task.asks_for == Task.Asks.REPOSITORY]
    courses = {task.course_id for task in moving}
    given = StudentRepository.objects.filter(enrolment__course__in=courses, repo_path__in=places)
    of_teams = TeamRepository.objects.filter(team__course__in=courses, repo_path__in=places)
    rows = (given, of_teams)  # a team without students may have one
    if place := next((place for row in rows for place in row.values_list("repo_path", flat=True)[:1]), None):
        sentence = _("Students gave repositories at %(place)s, which would move too. Keep the path of this chapter.")
        raise Conflict("has_repositories", sentence % {"place": place}, field="path")


def _leave_git_module(old: Task) -> None:
    if old.is_exercise:
        git_module.delete_exercise(old)
        if old.starter_commit or old.starter_url:
            starters.name_starter(old.course, old.path, "", "")


def _enter_git_module(task: Task) -> None:
    if task.is_exercise:
        git_module.register_exercise(task)
        if task.starter_commit or task.starter_url:
            starters.name_starter(task.course, task.path, task.starter_commit, task.starter_url)
    elif task.asks_for == Task.Asks.REPOSITORY:
        git_module.expect_repository(task)
