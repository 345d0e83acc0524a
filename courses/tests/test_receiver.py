"""What events make of claims, activity and progress."""

import uuid
from datetime import UTC, datetime

import pytest
import time_machine
from django.db import connection

from courses.domain import courses, replay, roster, student_repositories
from courses.git import git_module, refresh
from courses.git.receiver import receive
from courses.models import Activity, Enrolment, Progress, ReceivedEvent, Semester, StudentRepository
from courses.tests.conftest import DEADLINE, commit, event
from kernel.database.text_hash import text_hash
from kernel.errors import Malformed
from live.models import Change

NOW = datetime(2026, 11, 3, 14, 0, tzinfo=UTC)
BEFORE = datetime(2026, 10, 30, 10, 0, tzinfo=UTC)
AFTER = datetime(2026, 11, 2, 10, 0, tzinfo=UTC)
URL = "https://git.example/alice/strudon.git"


@pytest.fixture(autouse=True)
def frozen():
    with time_machine.travel(NOW, tick=False):
        yield


def rows():
    """Everything that is derived, without keys."""
    return (
        sorted(Activity.objects.values_list("enrolment", "commit_id", "exercise_path", "at", "effort", "completes")),
        sorted(
            Progress.objects.values_list("enrolment", "task", "state", "completed_time", "effort", "last_activity"),
            key=str,
        ),
        sorted(StudentRepository.objects.values_list("enrolment", "repo_path", "url", "state", "reason"), key=str),
    )


def push(tell, sha="c1", at=BEFORE, path="/tp1/exercice1", effort=10, **extra):
    tell("OnNewCommits", repoUrl=URL, repoPath="/depot", commits=[commit(sha, at, (path, effort), **extra)])


def test_a_clone_makes_the_repository_up_to_date(school, tell):
    tell("OnClone", repoUrl=URL, repoPath="/depot")

    repository = StudentRepository.objects.get()
    assert (
        repository.enrolment,
        repository.url,
        repository.state,
        repository.seen_at,
    ) == (school.alice, URL, "cloned", NOW)


def test_a_failed_clone_keeps_its_reason_and_since_when(school, tell):
    tell("OnCloneFailed", repoUrl=URL, repoPath="/depot", reason="not_found")
    with time_machine.travel(AFTER.replace(day=4), tick=False):
        tell("OnPullFailed", repoUrl=URL, repoPath="/depot", reason="unreachable")

    repository = StudentRepository.objects.get()
    assert (repository.state, repository.reason, repository.since) == (
        "failing",
        "unreachable",
        NOW,
    )


def test_an_event_about_a_replaced_repository_changes_nothing(school, tell):
    tell("OnClone", repoUrl=URL, repoPath="/depot")
    tell("OnPullFailed", repoUrl="https://git.example/old.git", repoPath="/depot")

    assert StudentRepository.objects.get().state == "cloned"
    assert ReceivedEvent.objects.last().problem == "other_url"


def test_commits_of_a_replaced_repository_do_not_count(school, tell):
    tell("OnClone", repoUrl=URL, repoPath="/depot")
    tell(
        "OnNewCommits",
        repoUrl="https://git.example/old.git",
        repoPath="/depot",
        commits=[commit("c1", BEFORE, ("/tp1/exercice1", 10))],
    )

    assert not Activity.objects.exists()
    assert not Progress.objects.exists()
    assert ReceivedEvent.objects.last().problem == "other_url"


@pytest.mark.parametrize("spelled", [URL.removesuffix(".git"), URL.removesuffix(".git") + "/"])
def test_the_same_repository_spelled_otherwise_is_the_same(school, tell, spelled):
    tell("OnCloneFailed", repoUrl=URL, repoPath="/depot", reason="timeout")
    tell("OnClone", repoUrl=spelled, repoPath="/depot")
    tell(
        "OnNewCommits",
        repoUrl=spelled,
        repoPath="/depot",
        commits=[commit("c1", BEFORE, ("/tp1/exercice1", 10))],
    )

    repository = StudentRepository.objects.get()
    assert (repository.state, repository.url) == ("cloned", URL)
    assert Progress.objects.get().effort == 10


def test_an_event_that_does_not_name_its_repository_is_about_the_one_at_its_place(school, tell):
    tell("OnPull", repoPath="/depot")
    tell("OnPull", repoUrl=URL, repoPath="/depot")
    assert StudentRepository.objects.get().url == URL


@pytest.mark.parametrize("late_time", [-(2**62), 2**62])
def test_an_absurd_lateness_time_is_brought_within_the_past(school, tell, client_of, late_time):
    push(tell, lateTime=late_time)
    tell("OnExerciseCompleted", exercisePath="/tp1/exercice1", lateTime=late_time)

    limit = 0 if late_time < 0 else int(NOW.timestamp())
    assert Activity.objects.get().at == limit
    assert Progress.objects.get().completed_time == limit
    base = f"/courses/{school.course.pk}"
    for page in (f"{base}/", f"{base}/tasks/{school.first.pk}/", f"{base}/students/alice/"):
        assert client_of(school.course.teacher).get(page).status_code == 200, page


def test_commits_start_the_exercises_they_touch_and_add_up_their_effort(school, tell):
    commits = [
        commit("c1", BEFORE, ("/tp1/exercice1", 10), ("/tp1/exercice1", 5), ("/", 99)),
        commit("c2", AFTER, ("/tp1/exercice1", 1), ("/tp1/exercice2", 2)),
    ]
    tell("OnNewCommits", repoPath="/depot", commits=commits)

    told = {row.task: (row.state, row.effort, row.last_activity) for row in Progress.objects.all()}
    assert told == {
        school.first: ("started", 16, int(AFTER.timestamp())),
        school.second: ("started", 2, int(AFTER.timestamp())),
    }


def test_the_same_event_twice_counts_once(school, tell):
    event_id = tell("OnNewCommits", repoPath="/depot", commits=[commit("c1", BEFORE, ("/tp1/exercice1", 10))])
    tell("OnNewCommits", event_id=event_id, repoPath="/depot", commits=[commit("c2", BEFORE, ("/tp1/exercice1", 7))])

    assert ReceivedEvent.objects.count() == 1
    assert Progress.objects.get().effort == 10


def test_the_same_commit_in_two_events_counts_once(school, tell):
    push(tell)
    push(tell)

    assert ReceivedEvent.objects.count() == 2
    assert Progress.objects.get().effort == 10


def test_a_commit_of_a_clock_ahead_is_dated_by_its_arrival(school, tell):
    push(tell, at=datetime(2037, 1, 1, tzinfo=UTC))
    assert Progress.objects.get().last_activity == int(NOW.timestamp())


def test_the_lateness_time_of_the_git_module_wins_over_the_author_s_clock(school, tell):
    push(tell, at=BEFORE, completes="/tp1/exercice1", lateTime=int(AFTER.timestamp()))
    tell("OnExerciseCompleted", exercisePath="/tp1/exercice1")

    assert Progress.objects.get().completed_time == int(AFTER.timestamp()) > DEADLINE.timestamp()


def test_a_completed_exercise_is_done_at_the_time_of_its_first_completing_commit(school, tell):
    push(tell, completes="/tp1/exercice1")
    push(tell, "c2", AFTER, completes="/tp1/exercice1")
    tell("OnExerciseCompleted", exercisePath="/tp1/exercice1")

    row = Progress.objects.get()
    assert (row.state, row.completed_time) == ("done", int(BEFORE.timestamp()))


def test_completing_again_later_takes_nothing_away(school, tell):
    push(tell, completes="/tp1/exercice1")
    tell("OnExerciseCompleted", exercisePath="/tp1/exercice1")
    tell("OnExerciseCompletedUpdate", exercisePath="/tp1/exercice1", exerciseCompleted="False")
    push(tell, "c2", AFTER, completes="/tp1/exercice1")
    tell("OnExerciseCompleted", exercisePath="/tp1/exercice1")

    assert Progress.objects.get().completed_time == int(BEFORE.timestamp())


@pytest.mark.parametrize("word", ["False", "false", False, 0])
def test_an_update_undoes_an_exercise_that_no_commit_completes_any_more(school, tell, word):
    push(tell, completes="/tp1/exercice1")
    tell("OnExerciseCompleted", exercisePath="/tp1/exercice1")
    tell("OnExerciseCompletedUpdate", exercisePath="/tp1/exercice1", exerciseCompleted=word)

    assert Progress.objects.get().state == "started"


def test_an_exercise_completed_by_an_empty_commit_is_done(school, tell):
    tell("OnExerciseCompleted", exercisePath="tp1/exercice1")  # the originals leave the first slash out
    assert Progress.objects.get().state == "done"


def test_another_repository_at_the_same_place_begins_anew(school, tell):
    tell("OnClone", repoUrl=URL, repoPath="/depot")
    push(tell, completes="/tp1/exercice1")
    tell("OnExerciseCompleted", exercisePath="/tp1/exercice1")
    StudentRepository.objects.update(url="https://git.example/alice/other.git")

    tell("OnClone", repoUrl="https://git.example/alice/other.git", repoPath="/depot")

    assert not Activity.objects.exists()
    assert not Progress.objects.exists()


def test_an_event_of_an_unknown_student_is_kept_and_creates_nobody(school, tell, django_user_model):
    people = django_user_model.objects.count()
    tell("OnClone", "zoe", repoUrl=URL, repoPath="/depot")

    row = ReceivedEvent.objects.get()
    assert (row.problem, row.course, row.student_id) == ("unknown_student", school.course, "zoe")
    assert django_user_model.objects.count() == people


def test_kept_events_count_once_their_student_is_enrolled(school, tell, person):
    tell("OnClone", "zoe", repoUrl=URL, repoPath="/depot")
    tell("OnNewCommits", "zoe", repoPath="/depot", commits=[commit("z", BEFORE, ("/tp1/exercice1", 3))])
    person("zoe")

    enrolment = roster.enrol(None, school.course, username="zoe")

    assert enrolment.student_repositories.get().state == "cloned"
    assert enrolment.progress.get().effort == 3
    assert not ReceivedEvent.objects.exclude(problem="").exists()


def test_events_that_came_before_their_course_count_once_it_is_there(db, teacher, alice):
    receive(uuid.uuid4(), event("OnClone", repoUrl=URL, repoPath="/depot"))
    assert ReceivedEvent.objects.get().problem == "unknown_course"

    course = courses.create_course(None, teacher, semester_id="A2026", course_id="StruDon", title="S")
    assert ReceivedEvent.objects.get().problem == "unknown_student"
    roster.enrol(None, course, username="alice")

    assert StudentRepository.objects.get().state == "cloned"


def test_an_assistant_has_no_progress(school, tell):
    Enrolment.objects.filter(pk=school.alice.pk).update(role="assistant")
    tell("OnExerciseCompleted", exercisePath="/tp1/exercice1")

    assert ReceivedEvent.objects.get().problem == "unknown_student"
    assert not Progress.objects.exists()


def test_the_other_events_are_accepted_and_kept(school, tell):
    tell("OnExerciseCompleted", exercisePath="/nowhere")
    tell("OnCommitModelUpdate")
    receive(uuid.uuid4(), {"_C": "OnUnknownRepoURL", "repoUrl": URL})

    assert list(ReceivedEvent.objects.order_by("pk").values_list("kind", "problem")) == [
        ("OnExerciseCompleted", "unknown_task"),
        ("OnCommitModelUpdate", ""),
        ("OnUnknownRepoURL", "unknown_url"),
    ]
    school.alice.refresh_from_db()
    assert school.alice.commits_stale


def test_pages_of_the_course_and_of_the_student_hear_of_it(school, tell):
    Change.objects.all().delete()
    push(tell)
    assert set(Change.objects.values_list("topic", flat=True)) == {
        f"course:{school.course.pk}",
        f"person:{school.alice.person_id}",
    }


def test_rebuilding_from_the_kept_events_gives_the_same_rows(school, tell):
    tell("OnClone", repoUrl=URL, repoPath="/depot")
    push(tell, completes="/tp1/exercice1")
    push(tell, "c2", AFTER, "/tp1/exercice2", 4)
    tell("OnExerciseCompleted", exercisePath="/tp1/exercice1")
    tell("OnPullFailed", "bob", repoUrl="https://git.example/bob.git", repoPath="/depot", reason="timeout")
    before = rows()
    Progress.objects.update(effort=777)
    Activity.objects.filter(commit_id="c2").delete()

    assert replay.rebuild(school.course) == 5
    assert rows() == before


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"_C": "OnSomethingElse"},
        {"_C": 7},
        {"_C": "OnClone"},
        event("OnClone", "../../etc"),
        event("OnExerciseCompleted"),
        event("OnExerciseCompleted", exercisePath="/a/../b"),
        event("OnExerciseCompletedUpdate", exercisePath="/a", exerciseCompleted="maybe"),
        event("OnNewCommits", commits="many"),
        event("OnNewCommits", commits=["one"]),
        event("OnNewCommits", commits=[{"commitId": "abc"}]),
        event("OnNewCommits", commits=[{"commitId": "abc", "timeStamp": "soon"}]),
        event("OnNewCommits", commits=[{"commitId": "abc", "timeStamp": 1, "modifiedFiles": 3}]),
        event("OnClone", repoPath="/" + "x" * 300),
        event("OnClone") | {"teacherId": "other", "courseId": "teacher/StruDon"},
    ],
)
def test_what_is_no_event_of_the_contract_is_refused_and_not_kept(school, body):
    with pytest.raises(Malformed):
        receive(uuid.uuid4(), body)
    assert not ReceivedEvent.objects.exists()


def test_bodies_as_the_originals_sent_them_are_understood(school):
    body = event("OnNewCommits")
    body |= {
        "teacherId": "TEACHER",
        "latestCommitBeforeThis": "asdf..",
        "commits": [
            {
                "commitId": "asdfasdfw34qfadsfasdrf3",
                "exercisePathIfCompleted": None,
                "modifiedFiles": [{"path": "src/A.java", "estimatedEffort": "34", "exercisePath": "tp1/exercice1"}],
                "timeStamp": 1615215942,
            },
            {"commitId": "b", "exercisePathIfCompleted": "", "modifiedFiles": ["old.txt"], "timeStamp": "1615215943"},
        ],
    }
    receive(uuid.uuid4(), body)
    body = event("OnExerciseCompleted", exercisePath="/tp1/exercice1") | {"courseId": "teacher/StruDon"}
    del body["teacherId"], body["groupId"]
    receive(uuid.uuid4(), body)

    row = Progress.objects.get()
    assert (row.state, row.effort) == ("done", 34)


@pytest.mark.database
def test_ids_are_compared_to_the_letter(school, tell):
    tell("OnExerciseCompleted", "Alice", exercisePath="/tp1/exercice1")
    tell("OnExerciseCompleted", exercisePath="/TP1/exercice1")

    assert [row.problem for row in ReceivedEvent.objects.order_by("pk")] == ["unknown_student", "unknown_task"]


@pytest.mark.database
@pytest.mark.django_db(transaction=True)
def test_one_event_arriving_eight_times_at_once_counts_once(school):
    from threading import Thread

    event_id = uuid.uuid4()
    body = event("OnNewCommits", repoPath="/depot", commits=[commit("c", BEFORE, ("/tp1/exercice1", 5))])

    def arrive():
        try:
            receive(event_id, body)
        finally:
            connection.close()

    threads = [Thread(target=arrive) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert ReceivedEvent.objects.count() == 1
    assert Progress.objects.get().effort == 5


@pytest.mark.database
@pytest.mark.django_db(transaction=True)
def test_events_of_one_student_arriving_at_once_all_count(school):
    from threading import Thread

    def arrive(number):
        try:
            body = event(
                "OnNewCommits", repoPath="/depot", commits=[commit(f"c{number}", BEFORE, ("/tp1/exercice1", 1))]
            )
            receive(uuid.uuid4(), body)
        finally:
            connection.close()

    threads = [Thread(target=arrive, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert Progress.objects.get().effort == 8
    assert Semester.objects.count() == 1


def test_commits_told_while_the_list_is_asked_for_are_not_lost(school, tell, monkeypatch):
    push(tell, "c1")
    tell("OnCommitModelUpdate", repoUrl=URL, repoPath="/depot")
    StudentRepository.objects.get_or_create(
        enrolment=school.alice,
        repo_path="/depot",
        repo_path_hash=text_hash("/depot"),
        defaults={"url": URL, "since": NOW},
    )
    listed = {"commits": [commit("c1", BEFORE, ("/tp1/exercice1", 10))]}

    def asked(_student_repository):
        push(tell, "c2")
        return listed

    monkeypatch.setattr(git_module, "commits", asked)
    assert not refresh.refresh_commits(school.alice.pk)
    assert set(Activity.objects.values_list("commit_id", flat=True)) == {"c1", "c2"}
    assert Enrolment.objects.get(pk=school.alice.pk).commits_stale  # the sweep asks again


def test_a_list_asked_for_before_its_repository_was_removed_is_not_taken(school, tell, monkeypatch):
    push(tell, "c1")
    tell("OnClone", repoUrl=URL, repoPath="/depot")
    tell("OnCommitModelUpdate")

    def asked(repository):
        student_repositories.remove_repository(school.alice.person, repository)
        return {"commits": [commit("c1", BEFORE, ("/tp1/exercice1", 10))]}

    monkeypatch.setattr(git_module, "commits", asked)
    assert not refresh.refresh_commits(school.alice.pk)
    assert not Activity.objects.exists()


def test_a_subject_that_is_not_valid_unicode_is_kept_as_far_as_it_is(school, tell):
    push(tell, "c1", commitMessageFirstLine="a\ud800b\0")
    assert Activity.objects.get().subject == "a?b"
