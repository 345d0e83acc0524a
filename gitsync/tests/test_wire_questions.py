"""The four questions: which commits, in which order, who is late, and how many SQL queries it takes."""

import pytest

from gitsync.models import Commit, Completion
from gitsync.queries import commit_lists, student_summaries
from gitsync.syncing.rematch import rematch_registration
from gitsync.tests.school import COURSE, NOON, commit, register, watch
from gitsync.values import CommitsRequest, CourseIds, ExerciseRequest

pytestmark = pytest.mark.django_db
HOUR = 3600


def of_repo(path: str = "/", student_id: str = "1234500", **values) -> list[str]:
    course = values.pop("course", COURSE)
    model = commit_lists.commits_for_repo(CommitsRequest(course, "01", student_id, "repoPath", path, **values))
    return [one["commitMessageFirstLine"] for one in model["commits"]["value"]]


def of_exercise(path: str = "/", student_id: str = "1234500", **values) -> list[str]:
    values = {"recursive": True, "course": COURSE, **values}
    course = values.pop("course")
    model = commit_lists.commits_for_exercise(CommitsRequest(course, "01", student_id, "exercisePath", path, **values))
    return [one["commitMessageFirstLine"] for one in model["commits"]["value"]]


@pytest.fixture
def three_repositories():
    for number, path in enumerate(["/semaine01/depotgit", "/semaine01", "/semaine010"]):
        commit(register(repo_path=path, repo_url=f"https://github.com/test/{number}"), path, at=NOON + number)


def test_one_repository_by_default(three_repositories):
    assert of_repo("/semaine01") == ["/semaine01"]
    assert of_repo("/semaine01/depotgit") == ["/semaine01/depotgit"]
    assert of_repo("/nowhere") == []


def test_recursive_takes_the_repositories_below_on_whole_parts(three_repositories):
    assert of_repo("/semaine01", recursive=True) == ["/semaine01/depotgit", "/semaine01"]
    assert of_repo("/semaine01_", recursive=True) == []


@pytest.mark.parametrize("recursive", [True, False])
def test_the_root_is_every_repository(three_repositories, recursive):
    assert len(of_repo("/", recursive=recursive)) == 3


def test_commits_are_in_the_order_of_their_author_time_then_of_their_id():
    owner = register()
    commit(owner, "late", at=NOON + 9)
    commit(owner, "b", at=NOON, sha="b" * 40)
    commit(owner, "a", at=NOON, sha="a" * 40)
    assert of_repo() == ["a", "b", "late"]


def test_dates_are_inclusive_and_minus_one_is_open():
    owner = register()
    for second in range(4):
        commit(owner, str(second), at=NOON + second)
    assert of_repo(from_date=NOON + 1, to_date=NOON + 2) == ["1", "2"]
    assert of_repo(from_date=NOON + 2) == ["2", "3"]
    assert of_repo(to_date=NOON) == ["0"]


def test_commits_that_the_branch_holds_no_more_are_not_listed():
    owner = register()
    commit(owner, "gone", reachable=False)
    assert of_repo() == []


def test_another_student_and_another_teacher_see_their_own():
    commit(register(), "mine")
    assert of_repo(student_id="7654321") == []
    assert of_repo(course=CourseIds("another", "H2021", "StruDon")) == []


def test_every_course_of_the_student_each_commit_once():
    commit(register(), "here")
    other = register(course=CourseIds("mathieu.bergeron", "H2021", "IntroProg"))
    commit(register(course=CourseIds("mathieu.bergeron", "A2021", "StruDon"), repo_url="https://github.com/a/b"), "old")
    assert of_repo(course=CourseIds("mathieu.bergeron", "H2021", "*")) == ["here"]
    watch("/tp1")
    commit(other, "tp", ["tp1/a.py"], at=NOON + 1)
    asked = CommitsRequest(CourseIds("mathieu.bergeron", "H2021", "*"), "", "1234500", "repoPath", "/")
    files = commit_lists.commits_for_repo(asked)["commits"]["value"][-1]["modifiedFiles"]
    assert [file["exercisePath"] for file in files] == ["/tp1"]


def test_an_exercise_is_asked_with_those_below_it():
    for path in ("/tp1", "/tp1/ex1", "/tp10"):
        watch(path)
    owner = register()
    commit(owner, "root", ["README"], at=NOON)
    commit(owner, "tp1", ["tp1/a"], at=NOON + 1)
    commit(owner, "ex1", ["tp1/ex1/a"], at=NOON + 2)
    commit(owner, "tp10", ["tp10/a"], at=NOON + 3)
    assert of_exercise("/tp1") == ["tp1", "ex1"]
    assert of_exercise("/tp1", recursive=False) == ["tp1"]
    assert of_exercise("/") == of_exercise("/", recursive=False) == ["tp1", "ex1", "tp10"]
    assert of_exercise("/tp1", from_date=NOON + 2) == ["ex1"]


def test_without_an_exercise_the_list_is_empty():
    commit(register(), "a", ["tp1/a"])
    assert of_exercise("/") == []


def test_a_commit_that_completes_an_exercise_belongs_to_it_without_files():
    watch("/tp1", keywords="TP 1")
    commit(register(), "TP 1")
    assert of_exercise("/tp1") == ["TP 1"]


@pytest.mark.parametrize("read", [of_repo, of_exercise])
def test_commits_take_the_same_few_queries_for_1_and_for_30(read, assert_flat):
    watch("/tp1", keywords="TP 1")
    owner = register()
    commit(owner, "TP 1", ["tp1/a", "b"])
    more = lambda: [commit(owner, "TP 1", ["tp1/a", "b", "c"], at=NOON + n) for n in range(29)]  # noqa: E731
    assert_flat(read, more, limit=7)


# --- late, completed, and when ----------------------------------------------------------------------------------------
DEADLINE = NOON


def asked(**values) -> ExerciseRequest:
    return ExerciseRequest(COURSE, **{"group_id": "01", "exercise_path": "/tp1", "deadline": DEADLINE, **values})


def late(now: int = NOON + 24 * HOUR, **values) -> list[str]:
    return student_summaries.late_students(asked(**values), now)["studentIds"]


def summary(student_id: str = "1234500", **values) -> tuple[int, int, bool, bool]:
    one = next(
        one
        for one in student_summaries.student_summaries(asked(**values))["summaries"]
        if one["studentId"] == student_id
    )
    return (
        one["lastCommitBeforeDealine"],
        one["lastCommitAfterDealine"],
        one["exerciseCompleted"],
        one["exerciseCompletedBeforeDeadline"],
    )


@pytest.fixture
def owner():
    watch("/tp1", keywords="TP 1")
    return register()


def test_on_the_second_of_the_deadline_is_on_time(owner):
    commit(owner, "TP 1", at=DEADLINE)
    assert late() == []
    assert summary() == (DEADLINE, 0, True, True)


def test_a_second_after_the_deadline_is_late(owner):
    commit(owner, "TP 1", at=DEADLINE + 1)
    assert late() == ["1234500"]
    assert summary() == (0, DEADLINE + 1, True, False)


@pytest.mark.parametrize(
    ("dated", "late_time", "is_late"),
    [
        # deadline 12:00, polls at 11:45 and 12:05; the lateness time is what the sync stored
        (DEADLINE - 4 * 24 * HOUR, DEADLINE - 900, False),  # pushed 12:03 and dated Monday: on time, unproven
        (DEADLINE - 4 * 24 * HOUR, DEADLINE + 300, True),  # pushed 12:10 and dated Monday
        (DEADLINE + 2 * HOUR, DEADLINE - 600, False),  # clock two hours ahead, hook at 11:50
        (2_114_380_800, DEADLINE - HOUR, False),  # a first import dated 2037: the time of the import
    ],
)
def test_lateness_is_judged_by_the_lateness_time_and_not_by_the_date(owner, dated, late_time, is_late):
    commit(owner, "TP 1", at=dated, late_time=late_time)
    assert late() == (["1234500"] if is_late else [])
    assert summary()[2:] == (True, not is_late)


def test_completing_again_later_takes_nothing_away(owner):
    commit(owner, "TP 1", at=DEADLINE - 10)
    commit(owner, "TP 1 again", at=DEADLINE + 10)
    assert late() == []
    assert summary() == (DEADLINE - 10, DEADLINE + 10, True, True)


def test_a_rebase_after_the_deadline_takes_nothing_away(owner):
    commit(owner, "TP 1", at=DEADLINE - 10, reachable=False)
    commit(owner, "TP 1", at=DEADLINE - 10, late_time=DEADLINE + 10)
    assert late() == []
    assert summary()[2:] == (True, True)


def test_removing_the_completing_commit_does(owner):
    commit(owner, "TP 1", at=DEADLINE - 10, reachable=False)
    assert late() == ["1234500"]
    assert summary() == (DEADLINE - 10, 0, False, False)


def test_work_without_completion_is_late_and_shown(owner):
    commit(owner, "start", ["tp1/a"], at=DEADLINE - 10)
    commit(owner, "more", ["tp1/a"], at=DEADLINE + 10)
    commit(owner, "elsewhere", ["b"], at=DEADLINE + 20)
    assert late() == ["1234500"]
    assert summary() == (DEADLINE - 10, DEADLINE + 10, False, False)


def test_before_the_deadline_nobody_is_late(owner):
    assert late(now=DEADLINE) == []
    assert late(now=DEADLINE + 1) == ["1234500"]
    assert late(deadline=-1) == []


def test_without_a_deadline_completed_is_completed(owner):
    commit(owner, "TP 1", at=NOON + 5)
    assert summary(deadline=-1) == (NOON + 5, 0, True, True)


def test_only_the_group_that_is_asked_sorted_and_each_once(owner):
    register("b", group_id="01", repo_url="https://github.com/b/b")
    register("b", group_id="01", repo_path="/2", repo_url="https://github.com/b/b2")
    register("A", group_id="01", repo_url="https://github.com/a/a")
    register("other", group_id="02", repo_url="https://github.com/o/o")
    assert late() == ["1234500", "A", "b"]
    assert late(group_id="02") == ["other"]
    assert late(group_id="") == ["1234500", "A", "b", "other"]
    assert late(group_id="03") == []


def test_a_student_with_two_repositories_has_completed_where_either_has(owner):
    commit(register(repo_path="/second", repo_url="https://github.com/b/b2"), "TP 1", at=DEADLINE)
    assert late() == []
    assert Completion.objects.count() == 1


def test_an_exercise_watched_later_judges_the_same(owner):
    commit(owner, "TP 2", ["tp2/a"], at=DEADLINE)
    assert late(exercise_path="/tp2") == ["1234500"]
    watch("/tp2", keywords="TP 2")
    rematch_registration(owner)
    assert late(exercise_path="/tp2") == []


@pytest.mark.parametrize("read", [late, lambda: student_summaries.student_summaries(asked())])
def test_a_class_takes_the_same_few_queries_for_1_and_for_30(owner, read, assert_flat):
    commit(owner, "TP 1", ["tp1/a"])

    def grow():
        for number in range(29):
            other = register(f"s{number:02}", repo_url=f"https://github.com/s/{number}")
            commit(other, "TP 1", ["tp1/a"])

    assert_flat(read, grow, limit=3)
    assert Commit.objects.count() == 30


def test_a_registration_made_between_two_queries_is_not_among_those_asked_about(owner, monkeypatch):
    text_hash = student_summaries.text_hash

    def register_meanwhile(path):
        commit(register("late-comer"), "TP 1", ["tp1/a"])
        return text_hash(path)

    monkeypatch.setattr(student_summaries, "text_hash", register_meanwhile)
    found = student_summaries.student_summaries(asked())["summaries"]
    assert [one["studentId"] for one in found] == ["1234500"]
