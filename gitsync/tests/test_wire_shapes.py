"""One golden file for each message, request, event and model, as the contract writes it with corrected commas.

The contract's example of a Commit names an exercise without a first slash; here paths always begin with one.
"""

import inspect
import json
from pathlib import Path

import pytest

from gitsync.events import messages
from gitsync.models import FileChange, Registration
from gitsync.queries import commit_lists, student_summaries
from gitsync.tests.golden import GOLDEN, golden
from gitsync.tests.synced_course import COURSE, URL, commit, register, watch
from gitsync.values import CourseIds, ExerciseRequest
from gitsync.wire.handlers import HANDLERS
from gitsync.wire.parsing import read_commits_of_repository

CONTRACT = Path(__file__).parents[2] / "docs" / "wire.md"
EVENTS = {
    "OnClone", "OnCloneFailed", "OnPull", "OnPullFailed", "OnUnknownRepoURL", "OnNewCommits", "OnExerciseCompleted",
    "OnExerciseCompletedUpdate", "OnCommitModelUpdate",
}  # fmt: skip
VARIANTS = {"StudentSummariesModel.aquiletour", "ModifyExercise.new"}  # the other dialect, the older keys
MODELS = {"CommitListModel", "LateStudentsModel", "StudentSummariesModel"}


def in_order(body: object) -> str:
    """Return the JSON text, so that a changed order of the keys is noticed too."""
    return json.dumps(body, ensure_ascii=False, indent=1)


def test_there_is_one_golden_file_for_each_name():
    present = {path.name.removesuffix(".json") for path in GOLDEN.glob("*")}
    assert present == set(HANDLERS) | EVENTS | MODELS | VARIANTS


def test_every_golden_file_has_the_same_json_format():
    for path in sorted(GOLDEN.glob("*.json")):
        assert path.read_text() == json.dumps(json.loads(path.read_text()), ensure_ascii=False, indent=2) + "\n"


def test_every_event_builder_has_a_golden_file():
    builders = [name for name, value in inspect.getmembers(messages, inspect.isfunction) if name.startswith("on_")]
    assert {name.replace("_", "") for name in builders} == {event.lower() for event in EVENTS}


def test_the_documentation_shows_every_message():
    text = CONTRACT.read_text()
    assert [name for name in sorted(set(HANDLERS) | EVENTS | MODELS) if f"`{name}`" not in text] == []
    for path in sorted(GOLDEN.glob("*.json")):
        assert path.read_text().strip() in text, f"docs/wire.md does not show {path.name} as it is"


@pytest.fixture(params=["contract", "aquiletour"], autouse=True)
def dialect(request, settings):
    """Run each test in both dialects: only the summaries differ."""
    settings.WIRE_DIALECT = request.param
    return request.param


@pytest.fixture
def bob(db):
    course = CourseIds("nicolas.leduc", "H2021", "IntroProg")
    return register("bob.berancourt", course=course, repo_path="/Semaine 01")


@pytest.fixture
def student(db):
    return register()


def test_on_clone(db):
    course = CourseIds("nicolas.leduc", "H2021", "IntroProg")
    registration = register("bob.berancourt", course=course, repo_path="/Semaine01")
    assert in_order(messages.on_clone(registration)) == in_order(golden("OnClone"))


def test_on_pull(bob):
    assert in_order(messages.on_pull(bob)) == in_order(golden("OnPull"))


def test_failures_have_their_reason(db):
    course = CourseIds("nicolas.leduc", "H2021", "IntroAlgo")
    registration = register("1234500", course=course, repo_path="/Semaine 01")
    assert in_order(messages.on_clone_failed(registration, "not_found")) == in_order(golden("OnCloneFailed"))
    assert in_order(messages.on_pull_failed(registration, "not_found")) == in_order(golden("OnPullFailed"))


def test_on_unknown_repo_url():
    assert in_order(messages.on_unknown_repo_url(URL)) == in_order(golden("OnUnknownRepoURL"))


def test_events_about_an_exercise(student):
    completed = messages.on_exercise_completed(student, "/TP1/Exercice 1")
    assert in_order(completed) == in_order(golden("OnExerciseCompleted"))
    update = messages.on_exercise_completed_update(student, "/TP1/Exercice 1", completed=False)
    assert in_order(update) == in_order(golden("OnExerciseCompletedUpdate"))
    assert messages.on_exercise_completed_update(student, "/x", completed=True)["exerciseCompleted"] == "True"
    assert in_order(messages.on_commit_model_update(student)) == in_order(golden("OnCommitModelUpdate"))


@pytest.fixture
def the_commit(student):
    """The contract's commit."""
    watch("/Étape 1/Atlier 4/Exercice 2")
    watch("/Étape 1/Atlier 2/Exercice 3")
    watch("/Semaine 10/Etape 01/Exercice 10", keywords="Blah Blah")
    watch("/a/atelier9/exercice1")
    watch("/b/atelier9/exercice1")
    files = ["src/atelier4/Exercise2.java", "src/atelier2/Exercise3.java", "src/atelier9/Exercise1.java"]
    sha = "a5df45df3c34fad5fa5d4fa3d0f3c1e2b7a89661"
    row = commit(student, "Blah Blah\n\nBlah\n", files, at=1_615_215_942, sha=sha)
    FileChange.objects.filter(path__contains="Exercise3").update(insertions=3, deletions=0)
    FileChange.objects.exclude(path__contains="Exercise3").update(insertions=30, deletions=4)
    return row


def test_on_new_commits(student, the_commit):
    before = "f3dfa5d4fa3d0f3c1e2b7a89661a5df45df3c34f"
    student.refresh_from_db()
    assert in_order(messages.on_new_commits(student, [the_commit], before)) == in_order(golden("OnNewCommits"))


def test_commit_list_model(the_commit):
    request = {**golden("GetCommitsForRepo"), "repoPath": "/", "toDate": -1}
    model = commit_lists.commits_for_repo(read_commits_of_repository(request))
    assert in_order(model) == in_order(golden("CommitListModel"))


def exercise_request() -> ExerciseRequest:
    return ExerciseRequest(COURSE, "01", "/etape1/atelier4/exercice5", 1_615_215_942)


@pytest.fixture
def two_students(db):
    watch("/etape1/atelier4/exercice5", keywords="Exercice 5")
    for student_id in ("7654321", "1234567"):
        owner = register(student_id, repo_url=f"https://github.com/test/{student_id}")
        commit(owner, "a start", ["etape1/atelier4/exercice5/Main.java"], at=1_615_215_123)
    commit(Registration.objects.get(student__student_id="1234567"), "Exercice 5", at=1_615_216_123)


def test_late_students_model(two_students):
    assert in_order(student_summaries.late_students(exercise_request())) == in_order(golden("LateStudentsModel"))


def test_student_summaries_model_is_wrapped_for_the_original_client(two_students, dialect):
    name = "StudentSummariesModel" if dialect == "contract" else "StudentSummariesModel.aquiletour"
    assert in_order(student_summaries.student_summaries(exercise_request())) == in_order(golden(name))
