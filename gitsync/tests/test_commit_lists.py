"""GetCommitsForRepo and GetCommitsForExercise: which commits, their order, SQL queries."""

import pytest

from gitsync.queries import commit_lists
from gitsync.tests.synced_course import COURSE, NOON, commit, register, watch
from gitsync.values import CommitsRequest, CourseIds

pytestmark = pytest.mark.django_db


def repo_commits(path: str = "/", student_id: str = "1234500", **values) -> list[str]:
    course = values.pop("course", COURSE)
    model = commit_lists.commits_for_repo(CommitsRequest(course, "01", student_id, "repoPath", path, **values))
    return [row["commitMessageFirstLine"] for row in model["commits"]["value"]]


def exercise_commits(path: str = "/", student_id: str = "1234500", **values) -> list[str]:
    values = {"recursive": True, "course": COURSE, **values}
    course = values.pop("course")
    model = commit_lists.commits_for_exercise(CommitsRequest(course, "01", student_id, "exercisePath", path, **values))
    return [row["commitMessageFirstLine"] for row in model["commits"]["value"]]


@pytest.fixture
def three_repositories():
    for number, path in enumerate(["/semaine01/depotgit", "/semaine01", "/semaine010"]):
        commit(register(repo_path=path, repo_url=f"https://github.com/test/{number}"), path, at=NOON + number)


def test_a_path_gives_one_repository_by_default(three_repositories):
    assert repo_commits("/semaine01") == ["/semaine01"]
    assert repo_commits("/semaine01/depotgit") == ["/semaine01/depotgit"]
    assert repo_commits("/nowhere") == []


def test_recursive_adds_the_repositories_below_on_whole_parts(three_repositories):
    assert repo_commits("/semaine01", recursive=True) == ["/semaine01/depotgit", "/semaine01"]
    assert repo_commits("/semaine01_", recursive=True) == []


@pytest.mark.parametrize("recursive", [True, False])
def test_the_root_gives_every_repository(three_repositories, recursive):
    assert len(repo_commits("/", recursive=recursive)) == 3


def test_commits_are_sorted_by_author_time_then_by_id():
    owner = register()
    commit(owner, "late", at=NOON + 9)
    commit(owner, "b", at=NOON, sha="b" * 40)
    commit(owner, "a", at=NOON, sha="a" * 40)
    assert repo_commits() == ["a", "b", "late"]


def test_dates_are_inclusive_and_minus_one_is_open():
    owner = register()
    for second in range(4):
        commit(owner, str(second), at=NOON + second)
    assert repo_commits(from_date=NOON + 1, to_date=NOON + 2) == ["1", "2"]
    assert repo_commits(from_date=NOON + 2) == ["2", "3"]
    assert repo_commits(to_date=NOON) == ["0"]


def test_unreachable_commits_are_not_listed():
    owner = register()
    commit(owner, "gone", reachable=False)
    assert repo_commits() == []


def test_commits_of_another_student_or_teacher_are_not_listed():
    commit(register(), "mine")
    assert repo_commits(student_id="7654321") == []
    assert repo_commits(course=CourseIds("another", "H2021", "StruDon")) == []


def test_a_request_for_every_course_gives_each_commit_once():
    commit(register(), "here")
    other = register(course=CourseIds("mathieu.bergeron", "H2021", "IntroProg"))
    commit(register(course=CourseIds("mathieu.bergeron", "A2021", "StruDon"), repo_url="https://github.com/a/b"), "old")
    assert repo_commits(course=CourseIds("mathieu.bergeron", "H2021", "*")) == ["here"]
    watch("/tp1")
    commit(other, "tp", ["tp1/a.py"], at=NOON + 1)
    request = CommitsRequest(CourseIds("mathieu.bergeron", "H2021", "*"), "", "1234500", "repoPath", "/")
    files = commit_lists.commits_for_repo(request)["commits"]["value"][-1]["modifiedFiles"]
    assert [file["exercisePath"] for file in files] == ["/tp1"]


def test_an_exercise_includes_those_below_it_unless_not_recursive():
    for path in ("/tp1", "/tp1/ex1", "/tp10"):
        watch(path)
    owner = register()
    commit(owner, "root", ["README"], at=NOON)
    commit(owner, "tp1", ["tp1/a"], at=NOON + 1)
    commit(owner, "ex1", ["tp1/ex1/a"], at=NOON + 2)
    commit(owner, "tp10", ["tp10/a"], at=NOON + 3)
    assert exercise_commits("/tp1") == ["tp1", "ex1"]
    assert exercise_commits("/tp1", recursive=False) == ["tp1"]
    assert exercise_commits("/") == exercise_commits("/", recursive=False) == ["tp1", "ex1", "tp10"]
    assert exercise_commits("/tp1", from_date=NOON + 2) == ["ex1"]


def test_without_an_exercise_the_list_is_empty():
    commit(register(), "a", ["tp1/a"])
    assert exercise_commits("/") == []


def test_a_completing_commit_belongs_to_its_exercise_also_without_files():
    watch("/tp1", keywords="TP 1")
    commit(register(), "TP 1")
    assert exercise_commits("/tp1") == ["TP 1"]


@pytest.mark.parametrize("read", [repo_commits, exercise_commits])
def test_lists_take_the_same_few_queries_for_1_and_for_30_commits(read, assert_flat):
    watch("/tp1", keywords="TP 1")
    owner = register()
    commit(owner, "TP 1", ["tp1/a", "b"])
    more = lambda: [commit(owner, "TP 1", ["tp1/a", "b", "c"], at=NOON + n) for n in range(29)]  # noqa: E731
    assert_flat(read, more, limit=7)


@pytest.mark.parametrize("path", ["/", "/tp1"])
def test_the_commits_of_an_exercise_take_four_queries(path, django_assert_num_queries):
    watch("/tp1", keywords="TP 1")
    commit(register(), "TP 1", ["tp1/a", "b"])
    with django_assert_num_queries(4):
        assert exercise_commits(path) == ["TP 1"]


def test_the_signs_of_sql_patterns_in_a_path_stand_for_themselves():
    for path in ("/tp_", "/tp%", "/tp1/ex", "/tp_/ex"):
        watch(path)
    owner = register()
    commit(owner, "other", ["tp1/ex/a"], at=NOON)
    commit(owner, "below", ["tp_/ex/a"], at=NOON + 1)
    assert exercise_commits("/tp_") == ["below"]
    assert exercise_commits("/tp%") == []
