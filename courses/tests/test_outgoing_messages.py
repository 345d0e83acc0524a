"""With GIT_MODULE_URL, changes are sent to a Git module elsewhere: in the contract's form, in order, with retries."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import time_machine
from django.db import connection

from courses.domain import course_tasks, student_repositories
from courses.git import outgoing_messages, refresh
from courses.models import Enrolment, OutgoingMessage
from courses.tests.conftest import DEADLINE, commit
from gitsync.models import CourseKey


@pytest.fixture
def module(settings):
    """A Git module elsewhere: it keeps the messages and answers as the test says."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            server.received.append((self.path, self.headers.get("Authorization"), body))
            status = server.statuses.pop(0) if server.statuses else 200
            self.send_response(status)
            self.end_headers()
            self.wfile.write(json.dumps(server.model).encode())

        def log_message(self, *args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.received, server.statuses, server.model = [], [], {"request_id": 1}
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    settings.GIT_MODULE_URL = f"http://127.0.0.1:{server.server_port}"
    settings.GIT_MODULE_TOKEN = "word"
    yield server
    server.shutdown()
    server.server_close()


def send_all():
    for key in outgoing_messages.due_courses():
        outgoing_messages.send_due(key)


def test_messages_arrive_in_order_at_the_contract_s_url_with_the_token(module, school):
    send_all()

    assert [body["_C"] for _path, _bearer, body in module.received] == [
        "RegisterGitRepoForCourse",
        "RegisterExercise",
        "RegisterExercise",
    ]
    path, bearer, body = module.received[1]
    assert (path, bearer) == ("/_git_api", "Bearer word")
    assert body == {
        "_C": "RegisterExercise",
        "teacherId": "teacher",
        "semesterId": "A2026",
        "courseId": "StruDon",
        "exercisePath": "/tp1/exercice1",
        "repoPath": "/depot",
        "sourceFolderPath": "/tp1/exercice1",
        "completionKeywords": "Exercice 1",
    }
    assert not CourseKey.objects.exists()  # this installation's own Git module stays empty


def test_changes_and_repositories_are_sent_as_the_contract_writes_them(module, school):
    course_tasks.change_task(None, school.first, source_folder_path="/src")
    course_tasks.delete_task(None, school.second)
    url = "https://git.example/a.git"
    repository = student_repositories.give_repository(school.alice.person, school.alice, repo_path="/depot", url=url)
    student_repositories.remove_repository(school.alice.person, repository)
    send_all()

    messages = [body for _path, _bearer, body in module.received[3:]]
    assert [body["_C"] for body in messages] == ["ModifyExercise", "DeleteExercise", "RegisterGitRepo", "DeleteGitRepo"]
    assert (messages[0]["oldSourceFolderPath"], messages[0]["sourceFolderPath"]) == ("/tp1/exercice1", "/src")
    assert messages[2]["groupId"] == "A1"
    assert (messages[2]["studentId"], messages[2]["repoPath"], messages[2]["repoUrl"]) == ("alice", "/depot", url)


@pytest.mark.parametrize(
    "statuses", [(503, 500), (401, 403), (404, 429)]
)  # it is down, or does not know this installation
def test_a_module_that_was_down_gets_every_message_in_order_afterwards(module, school, statuses):
    module.statuses = [*statuses]
    with time_machine.travel(DEADLINE, tick=False) as clock:
        OutgoingMessage.objects.update(next_attempt_at=DEADLINE)
        send_all()
        assert len(module.received) == 1
        assert outgoing_messages.due_courses() == []  # it waits
        clock.shift(2)
        send_all()
        clock.shift(5)
        send_all()

    kinds = [body["_C"] for _path, _bearer, body in module.received]
    assert kinds == ["RegisterGitRepoForCourse"] * 3 + ["RegisterExercise"] * 2
    assert not OutgoingMessage.objects.filter(sent_at=None).exists()


@pytest.mark.parametrize("status", [304, 400, 405, 422, 501])  # 304: the original module's answer to a known change
def test_a_refused_message_is_kept_with_the_answer_and_holds_up_no_other(module, school, status):
    module.statuses = [status]
    send_all()

    dead = OutgoingMessage.objects.get(sent_at=None)
    assert (dead.kind, dead.last_error[:3]) == ("RegisterGitRepoForCourse", str(status))
    assert len(module.received) == 3

    outgoing_messages.retry(OutgoingMessage.objects.all())
    send_all()
    assert not OutgoingMessage.objects.filter(sent_at=None).exists()


def test_a_module_that_does_not_listen_is_retried(module, school):
    module.shutdown()
    module.server_close()
    send_all()
    assert OutgoingMessage.objects.filter(sent_at=None, dead_at=None, attempts=1).count() == 1


def test_a_changed_list_of_commits_is_read_and_replaces_the_earlier_commits(module, school, send_event):
    send_event("OnClone", repoUrl="https://git.example/a.git", repoPath="/depot")
    send_event("OnNewCommits", repoPath="/depot", commits=[commit("old", DEADLINE, ("/tp1/exercice1", 50))])
    send_event("OnCommitModelUpdate")
    now = [commit("new", DEADLINE, ("/tp1/exercice2", 7))]
    module.model = {"_C": "CommitListModel", "commits": {"_C": "ObservableCommitList", "value": now}}

    assert refresh.refresh_commits(school.alice.pk)

    _path, _bearer, body = module.received[-1]
    assert (body["_C"], body["studentId"], body["repoPath"]) == ("GetCommitsForRepo", "alice", "/depot")
    progress = {row.task: (row.state, row.effort) for row in school.alice.progress.all()}
    assert progress == {school.first: ("todo", 0), school.second: ("started", 7)}
    assert not Enrolment.objects.filter(commits_stale=True).exists()
    assert not refresh.refresh_commits(school.alice.pk)  # nothing is left to do


def test_no_transaction_is_open_while_a_message_is_sent(module, school, monkeypatch):
    depth, post = [], outgoing_messages._session_post

    def recording_post(body):
        depth.append(len(connection.savepoint_ids))
        return post(body)

    monkeypatch.setattr(outgoing_messages, "_session_post", recording_post)
    outside = len(connection.savepoint_ids)
    send_all()
    assert depth == [outside] * 3


def test_a_message_that_is_being_sent_is_not_sent_by_another_worker(module, school, monkeypatch):
    post, key = outgoing_messages._session_post, outgoing_messages.due_courses()[0]

    def send_twice(body):
        monkeypatch.setattr(outgoing_messages, "_session_post", post)
        assert outgoing_messages.send_due(key) == 0
        return post(body)

    monkeypatch.setattr(outgoing_messages, "_session_post", send_twice)
    assert outgoing_messages.send_due(key) == 3
    assert len(module.received) == 3
