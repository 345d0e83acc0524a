"""The outline of a course's tasks, and the places of repositories in it."""

from courses.models import Task
from courses.rules.tree import outline, repository_above, repository_places, work_nodes

Asks = Task.Asks


def task(pk: int, path: str, asks_for: str = Asks.EXERCISE, repo_path: str = "/", position: int | None = None) -> Task:
    return Task(
        pk=pk,
        path=path,
        title=path,
        asks_for=asks_for,
        repo_path=repo_path,
        position=pk if position is None else position,
    )


def test_chapters_and_their_tasks_are_numbered_in_order():
    tasks = [
        task(1, "/b", Asks.NOTHING),
        task(2, "/b/y"),
        task(3, "/a", Asks.NOTHING),
        task(4, "/b/x"),
        task(5, "/a/z"),
    ]

    nodes = [(node.number, node.task.path, node.depth) for node in outline(tasks)]

    assert nodes == [("1", "/b", 0), ("1.1", "/b/y", 1), ("1.2", "/b/x", 1), ("2", "/a", 0), ("2.1", "/a/z", 1)]


def test_a_task_for_a_repository_has_a_number_only_when_tasks_stand_below_it():
    nodes = outline([task(1, "/alone", Asks.REPOSITORY), task(2, "/tps", Asks.REPOSITORY), task(3, "/tps/tp1")])
    assert [(node.number, node.task.path) for node in nodes] == [("", "/alone"), ("1", "/tps"), ("1.1", "/tps/tp1")]


def test_a_task_without_its_parent_belongs_to_the_nearest_task_above():
    nodes = outline([task(1, "/a", Asks.NOTHING), task(2, "/a/gone/x")])
    assert [(node.number, node.depth) for node in nodes] == [("1", 0), ("1.1", 1)]


def test_a_path_is_not_above_a_path_that_only_starts_with_the_same_letters():
    nodes = outline([task(1, "/tp1", Asks.NOTHING), task(2, "/tp10")])
    assert [node.number for node in nodes] == ["1", "2"]


def test_work_nodes_are_the_tasks_that_ask_for_work():
    tasks = [task(1, "/c", Asks.NOTHING), task(2, "/c/x"), task(3, "/c/t", Asks.TICK), task(4, "/r", Asks.REPOSITORY)]
    assert [node.task.path for node in work_nodes(outline(tasks))] == ["/c/x", "/c/t"]


def test_each_repository_path_is_one_place():
    tasks = [task(1, "/r", Asks.REPOSITORY), task(2, "/x", repo_path="/r"), task(3, "/y", repo_path="/other")]
    assert [place.repo_path for place in repository_places(outline(tasks))] == ["/r", "/other"]


def test_the_default_repository_is_the_nearest_one_above():
    tasks = [task(1, "/a", Asks.REPOSITORY), task(2, "/a/b", Asks.REPOSITORY)]
    assert repository_above("/a/b/c", tasks) == "/a/b"
    assert repository_above("/a/x", tasks) == "/a"
    assert repository_above("/elsewhere", tasks) == "/"
