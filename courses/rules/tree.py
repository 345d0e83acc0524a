"""The tree of a course's tasks: order, numbers, and the paths where students give a repository. Pure functions."""

from collections.abc import Sequence
from dataclasses import dataclass

from courses.models import Task
from kernel.ids import path_parts


@dataclass(frozen=True)
class Node:
    """A task with its number in the tree ("2.1", "" without a number) and its depth (0 at the top)."""

    task: Task
    number: str
    depth: int

    @property
    def chapter(self) -> str:
        return self.number.split(".")[0]


@dataclass(frozen=True)
class RepositoryPlace:
    """A path where students give a repository, and the title to show for it ("" when no task has this path)."""

    repo_path: str
    title: str


def parent_path(path: str) -> str:
    return "/" + "/".join(path_parts(path)[:-1])


def outline(tasks: Sequence[Task]) -> list[Node]:
    """Return the tasks in reading order, with their numbers.

    A task belongs to the nearest task above its path; without one it stands at the top.
    """
    paths = {task.path for task in tasks}
    children: dict[str, list[Task]] = {}
    for task in sorted(tasks, key=lambda task: (task.position, task.pk or 0)):
        above = parent_path(task.path)
        while above != "/" and above not in paths:
            above = parent_path(above)
        children.setdefault(above if task.path != "/" else "", []).append(task)
    nodes: list[Node] = []

    def walk(path: str, prefix: str, depth: int) -> None:
        index = 0
        for task in children.get(path, []):
            if task.asks_for == Task.Asks.REPOSITORY and task.path not in children:
                number, below = "", ""  # a task for a repository is a chapter only when other tasks stand below it
            else:
                index += 1
                number, below = f"{prefix}{index}", f"{prefix}{index}."
            nodes.append(Node(task, number, depth))
            walk(task.path, below, depth + 1)

    nodes.extend(Node(task, "", 0) for task in children.get("", []))
    walk("/", "", 0)
    return nodes


def work_nodes(nodes: Sequence[Node]) -> list[Node]:
    """Keep the tasks that ask for work: no chapters, no repositories. They are the columns of the matrix."""
    return [node for node in nodes if node.task.asks_for not in (Task.Asks.NOTHING, Task.Asks.REPOSITORY)]


def repository_places(nodes: Sequence[Node]) -> list[RepositoryPlace]:
    """Return each path where students give a repository, once.

    A task asks for a repository at its own path; an exercise is read in a repository at its `repo_path`.
    """
    titles = {node.task.path: node.task.title for node in nodes}
    places: dict[str, RepositoryPlace] = {}
    for node in nodes:
        if node.task.asks_for == Task.Asks.REPOSITORY:
            places[node.task.path] = RepositoryPlace(node.task.path, node.task.title)
        elif node.task.is_exercise and node.task.repo_path not in places:
            title = titles.get(node.task.repo_path, "")
            places[node.task.repo_path] = RepositoryPlace(node.task.repo_path, title)
    return list(places.values())


def repository_above(path: str, tasks: Sequence[Task]) -> str:
    """Return the default `repo_path` of an exercise: the nearest repository above its path, else the course's "/"."""
    repositories = {task.path for task in tasks if task.asks_for == Task.Asks.REPOSITORY}
    above = path
    while above != "/":
        above = parent_path(above)
        if above in repositories:
            return above
    return "/"


def changed_repository_paths(others: Sequence[Task], before: Task | None, after: Task | None) -> list[tuple[Task, str]]:
    """Return the exercises among `others` whose `repo_path` changes with a task, each with its new `repo_path`.

    The task changes from `before` to `after`; None means that it does not exist. Only exercises whose `repo_path` is
    the default (`repository_above`) follow. A path that somebody chose stays.
    """
    if not any(task and task.asks_for == Task.Asks.REPOSITORY for task in (before, after)):
        return []
    tasks_before, tasks_after = ([*others, task] if task else others for task in (before, after))
    return [
        (task, new_path)
        for task in others
        if task.is_exercise
        and task.repo_path == repository_above(task.path, tasks_before)
        and task.repo_path != (new_path := repository_above(task.path, tasks_after))
    ]
