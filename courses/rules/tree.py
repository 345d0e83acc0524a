"""The tree of a course's tasks: order, numbers, and the places where a repository is asked for. Pure functions."""

from collections.abc import Sequence
from dataclasses import dataclass

from courses.models import Task
from kernel.ids import path_parts


@dataclass(frozen=True)
class Node:
    """A task with its number in the tree ("2.1") and its depth (0 at the top)."""

    task: Task
    number: str
    depth: int

    @property
    def chapter(self) -> str:
        return self.number.split(".")[0]


@dataclass(frozen=True)
class Place:
    """Where a student gives a repository: the path, and the title to show."""

    repo_path: str
    title: str


def parent_path(path: str) -> str:
    return "/" + "/".join(path_parts(path)[:-1])


def outline(tasks: Sequence[Task]) -> list[Node]:
    """The tasks in reading order, numbered. A task whose parents are no tasks stands at the top."""
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
                number, below = "", ""  # giving a repository is no chapter, unless tasks stand below it
            else:
                index += 1
                number, below = f"{prefix}{index}", f"{prefix}{index}."
            nodes.append(Node(task, number, depth))
            walk(task.path, below, depth + 1)

    nodes.extend(Node(task, "", 0) for task in children.get("", []))
    walk("/", "", 0)
    return nodes


def columns(nodes: Sequence[Node]) -> list[Node]:
    """What a matrix counts: the tasks that ask for work. Chapters and repositories are not work."""
    return [node for node in nodes if node.task.asks_for not in (Task.Asks.NOTHING, Task.Asks.REPOSITORY)]


def places(nodes: Sequence[Node]) -> list[Place]:
    """Each place where a repository is asked for, by a task of its own or by an exercise that reads one there."""
    titles = {node.task.path: node.task.title for node in nodes}
    found: dict[str, Place] = {}
    for node in nodes:
        if node.task.asks_for == Task.Asks.REPOSITORY:
            found[node.task.path] = Place(node.task.path, node.task.title)
        elif node.task.is_exercise and node.task.repo_path not in found:
            found[node.task.repo_path] = Place(node.task.repo_path, titles.get(node.task.repo_path, ""))
    return list(found.values())


def repository_above(path: str, tasks: Sequence[Task]) -> str:
    """The place an exercise reads when none is named: the nearest repository above it, else the course's "/"."""
    repositories = {task.path for task in tasks if task.asks_for == Task.Asks.REPOSITORY}
    above = path
    while above != "/":
        above = parent_path(above)
        if above in repositories:
            return above
    return "/"


def moves(others: Sequence[Task], before: Task | None, after: Task | None) -> list[tuple[Task, str]]:
    """The exercises among `others` that read another place, and which, once one more task is `after` and no longer
    `before` (None: it is not there): those that read what the rule above gave. A place named otherwise stays."""
    if not any(task and task.asks_for == Task.Asks.REPOSITORY for task in (before, after)):
        return []
    were, are = ([*others, task] if task else others for task in (before, after))
    return [
        (task, place)
        for task in others
        if task.is_exercise
        and task.repo_path == repository_above(task.path, were)
        and task.repo_path != (place := repository_above(task.path, are))
    ]
