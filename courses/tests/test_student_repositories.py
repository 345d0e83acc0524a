"""The commands and pages with which students give, replace and remove repositories, down to the Git module's rows."""

import pytest
from django.utils import timezone
from django.utils.html import escape

from courses.domain import course_tasks, student_repositories
from courses.models import Activity, Progress, ReceivedEvent, StudentRepository
from courses.tests.conftest import DEADLINE, commit, event
from gitsync.domain import registrations as git_module
from gitsync.events import outbox
from gitsync.models import HookAddress, LocalCopy, Registration
from gitsync.values import CourseIds
from kernel.errors import Malformed, NotAllowed

URL = "https://git.example/alice/strudon.git"


def give(school, url=URL, at="/depot"):
    return student_repositories.give_repository(school.alice.person, school.alice, repo_path=at, url=url)


def test_a_given_repository_is_waiting_and_the_git_module_will_read_it(school):
    repository = give(school)

    assert (repository.state, repository.url) == ("waiting", URL)
    row = Registration.objects.get()
    assert (row.student.student_id, row.repo_path, row.repo_url, row.group_id) == ("alice", "/depot", URL, "A1")
    assert LocalCopy.objects.get(repository=row.repository).dirty


@pytest.mark.parametrize(
    "url",
    [
        "",
        "git",
        "https://github.com/a/b/tree/main",
        "http://git.example/a.git",
        "https://127.0.0.1/a.git",
        "file:///etc",
        "https://u:p@git.example/a",
    ],
)
def test_a_forbidden_address_is_refused_and_nothing_is_saved(school, url):
    with pytest.raises(Malformed) as refusal:
        give(school, url)
    assert refusal.value.field == "url"
    assert not StudentRepository.objects.exists()
    assert not Registration.objects.exists()


def test_a_path_without_a_task_for_a_repository_is_refused(school):
    with pytest.raises(Malformed) as refusal:
        give(school, at="/elsewhere")
    assert refusal.value.field == "repo_path"


def test_nobody_else_gives_a_student_s_repository(school):
    for other in (school.bob.person, school.course.teacher):
        with pytest.raises(NotAllowed):
            student_repositories.give_repository(other, school.alice, repo_path="/depot", url=URL)


def test_the_state_of_a_repository_that_the_git_module_knows_already_arrives_again(school):
    """The repository was registered over the wire and its event never arrived; the page registers the same one."""
    give(school)
    other = "https://git.example/alice/other.git"
    ids = CourseIds(school.course.teacher.username, school.course.semester.semester_id, school.course.course_id)
    git_module.register_repository(ids, group_id="A1", student_id="alice", repo_path="/depot", repo_url=other)
    LocalCopy.objects.filter(repository__registrations__repo_url=other).update(status="ok", last_good_at=timezone.now())
    Registration.objects.update(announced="cloned")

    repository = give(school, other)
    outbox.drain("local")

    repository.refresh_from_db()
    assert (repository.url, repository.state) == (other, "cloned")


def test_another_repository_erases_the_data_of_the_old_one(school, send_event):
    give(school)
    send_event("OnClone", repoUrl=URL, repoPath="/depot")
    send_event("OnNewCommits", repoPath="/depot", commits=[commit("c", DEADLINE, ("/tp1/exercice1", 3))])

    repository = give(school, "https://git.example/alice/again.git")

    assert repository.state == "waiting"
    assert not Activity.objects.exists()
    assert not Progress.objects.exists()
    assert Registration.objects.get().repo_url == repository.url


@pytest.mark.parametrize("again", [URL, URL.removesuffix(".git")])
def test_the_same_repository_again_keeps_its_state(school, send_event, again):
    give(school)
    send_event("OnClone", repoUrl=URL, repoPath="/depot")
    assert give(school, again).state == "cloned"


def test_a_repository_on_a_host_that_is_no_longer_allowed_can_be_replaced_and_removed(school, settings):
    old = give(school)
    settings.GIT_HOSTS = ["forge.example"]
    assert give(school, "https://forge.example/alice/strudon").pk == old.pk

    settings.GIT_HOSTS = ["elsewhere.example"]
    student_repositories.remove_repository(school.alice.person, StudentRepository.objects.get())
    assert not Registration.objects.exists()


def test_removing_a_repository_erases_it_in_courses_and_in_the_git_module(school, send_event):
    repository = give(school)
    send_event("OnClone", repoUrl=URL, repoPath="/depot")
    send_event("OnNewCommits", repoPath="/depot", commits=[commit("c", DEADLINE, ("/tp1/exercice1", 3))])

    student_repositories.remove_repository(school.alice.person, repository)

    assert not StudentRepository.objects.exists()
    assert not Activity.objects.exists()
    assert not Registration.objects.exists()


@pytest.mark.database
@pytest.mark.parametrize("kind", ["OnClone", "OnNewCommits", "OnExerciseCompleted"])
def test_an_event_that_is_being_delivered_does_not_restore_a_removed_repository(school, kind, monkeypatch):
    repository = give(school)
    row = Registration.objects.get()
    body = event(kind, repoUrl=URL, repoPath="/depot", exercisePath="/tp1/exercice1")
    body["commits"] = [commit("c", DEADLINE, ("/tp1/exercice1", 3))]
    outbox.emit(row, body)
    original_claim = outbox._claim

    def claim_and_remove(head, now):
        claim = original_claim(head, now)
        student_repositories.remove_repository(school.alice.person, repository)
        return claim

    monkeypatch.setattr(outbox, "_claim", claim_and_remove)
    outbox.drain("local")

    assert not StudentRepository.objects.exists()
    assert not Activity.objects.exists()
    assert not Progress.objects.exists()
    assert not ReceivedEvent.objects.exists()


def test_the_form_shows_the_error_at_its_field(school, client_of):
    client = client_of(school.alice.person)
    page_url = f"/courses/{school.course.pk}/students/alice/repository/?at=/depot"

    response = client.post(page_url, {"url": "http://192.168.1.1/a.git"})

    assert response.status_code == 422
    assert response.context["form"].errors["url"] == ["The address must start with https://."]  # none is right


def test_after_the_form_the_page_shows_that_the_repository_is_being_read(school, client_of):
    client = client_of(school.alice.person)
    page_url = f"/courses/{school.course.pk}/students/alice/repository/?at=/depot"

    page = client.post(page_url, {"url": URL}, follow=True).content.decode()

    assert "Being read now" in page
    assert URL in page


def test_the_pages_say_why_a_repository_is_failing(school, send_event, client_of):
    give(school)
    send_event("OnCloneFailed", repoUrl=URL, repoPath="/depot", reason="not_found")
    client = client_of(school.alice.person)
    for page_url in (f"/courses/{school.course.pk}/students/alice/", "/"):
        page = client.get(page_url).content.decode()
        assert "Repository failing" in page
        assert "There is no repository at this address." in page


def test_only_a_repository_that_was_read_keeps_what_was_read_when_it_fails(school, send_event, client_of):
    client = client_of(school.alice.person)
    page_url = f"/courses/{school.course.pk}/students/alice/repository/?at=/depot"
    give(school)
    send_event("OnClone", repoUrl=URL, repoPath="/depot")
    send_event("OnPullFailed", repoUrl=URL, repoPath="/depot", reason="no_access")
    page = client.get(page_url).content.decode()
    assert ("Everything read before is kept." in page, "Nothing was read from this address" in page) == (True, False)
    give(school, other := "https://git.example/alice/again.git")
    send_event("OnCloneFailed", repoUrl=other, repoPath="/depot", reason="not_found")
    page = client.get(page_url).content.decode()
    assert ("Everything read before is kept." in page, "Nothing was read from this address" in page) == (False, True)


def test_the_page_removes_the_repository(school, client_of):
    repository = give(school)
    page_url = f"/courses/{school.course.pk}/students/alice/repository/{repository.pk}/remove/"

    assert client_of(school.bob.person).post(page_url).status_code == 404
    assert client_of(school.alice.person).get(page_url).url == page_url.removesuffix(f"{repository.pk}/remove/")
    assert client_of(school.alice.person).post(page_url).status_code == 302
    assert not StudentRepository.objects.exists()


def test_the_page_of_a_repository_shows_that_it_is_empty_and_then_the_number_of_commits(school, send_event, client_of):
    client = client_of(school.alice.person)
    page_url = f"/courses/{school.course.pk}/students/alice/repository/_check/?at=/depot"
    give(school)
    assert "Being read now" in client.get(page_url).content.decode()
    send_event("OnClone", repoUrl=URL, repoPath="/depot")
    fragment = client.get(page_url).content.decode()
    assert "Reachable" in fragment
    assert "Empty: no commit in it yet" in fragment
    send_event("OnNewCommits", repoPath="/depot", commits=[commit("c", DEADLINE, ("/tp1/exercice1", 3), ("/", 1))])
    assert "1 commit seen" in client.get(page_url).content.decode()
    send_event("OnPullFailed", repoUrl=URL, repoPath="/depot", reason="no_access")
    assert "The repository is private, or does not exist." in client.get(page_url).content.decode()
    assert "No repository is asked for" in client.get(page_url.replace("/depot", "/elsewhere")).content.decode()


def test_giving_a_repository_sends_no_request_to_the_network(school, client_of, monkeypatch):
    def network(*args, **kwargs):
        raise AssertionError("a request went to the network")

    client = client_of(school.alice.person)
    monkeypatch.setattr("socket.getaddrinfo", network)
    page_url = f"/courses/{school.course.pk}/students/alice/repository/?at=/depot"
    assert client.post(page_url, {"url": URL}).status_code == 302


def test_the_page_shows_the_hook_address_of_the_git_module_that_reads_the_repository(school, client_of, settings):
    client = client_of(school.alice.person)
    page_url = f"/courses/{school.course.pk}/students/alice/repository/?at=/depot"
    settings.PUBLIC_URL = "https://atelier.example"
    page = client.get(page_url).content.decode()
    hook_address = HookAddress.objects.get()
    assert f"https://atelier.example/hooks/{hook_address.token}/" in page and escape(hook_address.secret) in page
    settings.GIT_MODULE_URL = "https://git-module.example/"
    page = client.get(page_url).content.decode()
    assert "https://git-module.example/_git_hook" in page
    assert hook_address.token not in page and escape(hook_address.secret) not in page


def test_the_page_without_a_place_leads_to_the_only_repository_or_to_the_student_s_page(school, client_of):
    student = f"/courses/{school.course.pk}/students/alice/"
    client = client_of(school.alice.person)
    assert client.get(f"{student}repository/").url == f"{student}repository/?at=%2Fdepot"
    assert client.get(f"{student}repository/", follow=True).status_code == 200
    assert client.get(f"{student}repository/?at=/elsewhere").url == student
    course_tasks.add_task(None, school.course, path="/other", asks_for="repository")
    assert client.get(f"{student}repository/").url == student
    assert client_of(school.course.teacher).get(f"{student}repository/").url == student
    assert client_of(school.bob.person).get(f"{student}repository/").status_code == 404
