"""The golden files of gitsync/tests/wire: the courses accept every event and send every message like them."""

import json
from pathlib import Path

import pytest

from courses.domain import course_tasks, courses, roster
from courses.domain.student_repositories import give_repository, remove_repository
from courses.git.event_parsing import KINDS, parse_event, read_commits
from courses.models import OutgoingMessage, ReceivedEvent, Task
from kernel.testing.people import make_person

WIRE = Path(__file__).parents[2] / "gitsync" / "tests" / "wire"
FIELDS = {
    "teacherId": "teacher_id",
    "semesterId": "semester_id",
    "courseId": "course_id",
    "studentId": "student_id",
    "repoPath": "repo_path",
    "repoUrl": "repo_url",
    "reason": "reason",
    "exercisePath": "exercise_path",
}


def golden(name):
    return json.loads((WIRE / f"{name}.json").read_text())


@pytest.mark.parametrize("name", sorted(KINDS))
def test_every_event_is_parsed_as_the_contract_writes_it(name):
    body = golden(name)
    event = parse_event(body)
    assert event.kind == name
    for key, field in FIELDS.items():
        assert getattr(event, field) == body.get(key, ""), key
    assert [commit.commit_id for commit in event.commits] == [item["commitId"] for item in body.get("commits", [])]
    assert event.completed == (name != "OnExerciseCompletedUpdate")  # the golden one says "False"


def test_the_commits_of_an_event_and_of_a_model_are_parsed_alike():
    commits = read_commits(golden("OnNewCommits")["commits"])
    assert commits == read_commits(golden("CommitListModel")["commits"])
    (commit,) = commits
    assert (commit.time, commit.late_time, commit.subject) == (1_615_215_942, 1_615_215_942, "Blah Blah")
    assert commit.completes == "/Semaine 10/Etape 01/Exercice 10"
    assert commit.efforts == {
        "/Étape 1/Atlier 2/Exercice 3": 3,
        "/Étape 1/Atlier 4/Exercice 2": 34,
        "/": 34,
    }


@pytest.mark.django_db
@pytest.mark.parametrize("name", sorted(KINDS))
def test_every_event_is_accepted_over_the_wire(api_of, program, name):
    assert api_of(program).post("/_http/messages", golden(name)).status_code == 200
    assert ReceivedEvent.objects.get().body == golden(name)


@pytest.fixture
def sent(settings, db):
    """Return the messages to a Git module elsewhere about changes in the contract's courses, by name."""
    settings.GIT_MODULE_URL = "http://git.invalid"
    settings.GIT_HOSTS = ["github.com"]
    mathieu, nicolas = (make_person(name, kind="teacher") for name in ("mathieu.bergeron", "nicolas.leduc"))
    exercise = {"path": "/tp1/exercice1", "title": "Exercice 1", "completion_keywords": "Exercice 1"}
    first = courses.create_course(mathieu, mathieu, semester_id="MaSession", course_id="StruDon", title="x")
    task = course_tasks.add_task(mathieu, first, repo_path="/tp1", source_folder_path="/exercice01", **exercise)
    course_tasks.delete_task(mathieu, task)
    second = courses.create_course(mathieu, mathieu, semester_id="H2021", course_id="StruDon", title="x")
    exercise["completion_keywords"] = "Exerce 1"
    task = course_tasks.add_task(mathieu, second, repo_path="/tp1", source_folder_path="/exercice01", **exercise)
    changes = {"repo_path": "/", "source_folder_path": "/TP1/exercice01", "completion_keywords": "Exercice 1"}
    course_tasks.change_task(mathieu, task, **changes)
    third = courses.create_course(nicolas, nicolas, semester_id="H2021", course_id="IntroProg", title="x")
    repository_task = {"path": "/tps/depotgit", "title": "Depot", "asks_for": Task.Asks.REPOSITORY}
    course_tasks.add_task(nicolas, third, **repository_task)
    bob = make_person("bob.berancourt")
    enrolment = roster.enrol(nicolas, third, username="bob.berancourt", group_id="01")
    url = golden("RegisterGitRepo")["repoUrl"]
    repository = give_repository(bob, enrolment, repo_path="/tps/depotgit", url=url)
    remove_repository(bob, repository)
    return {row.kind: row.body for row in OutgoingMessage.objects.order_by("-pk")}


@pytest.mark.parametrize(
    "name",
    [
        "RegisterExercise",
        "ModifyExercise",
        "DeleteExercise",
        "RegisterGitRepoForCourse",
        "RegisterGitRepo",
        "DeleteGitRepo",
    ],
)
def test_every_message_is_sent_as_the_contract_writes_it(sent, name):
    expected = golden(name)
    if "Exercise" in name:
        del expected["groupId"]  # a task here belongs to the whole course
    assert sent[name] == expected
