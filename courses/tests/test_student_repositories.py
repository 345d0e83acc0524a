"""A repository given, replaced, removed: through the form and the API, down to the Git module's rows."""

import pytest
from django.utils import timezone
from django.utils.html import escape

from courses.domain import student_repositories
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


def test_a_given_repository_is_waiting_and_the_git_module_is_asked_to_read_it(school):
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
def test_an_address_that_may_not_be_read_is_refused_and_nothing_is_kept(school, url):
    with pytest.raises(Malformed) as refusal:
        give(school, url)
    assert refusal.value.field == "url"
    assert not StudentRepository.objects.exists()
    assert not Registration.objects.exists()


def test_a_place_where_nothing_is_asked_for_is_refused(school):
    with pytest.raises(Malformed) as refusal:
        give(school, at="/elsewhere")
    assert refusal.value.field == "repo_path"


def test_nobody_gives_the_repository_of_somebody_else(school):
    for other in (school.bob.person, school.course.teacher):
        with pytest.raises(NotAllowed):
            student_repositories.give_repository(other, school.alice, repo_path="/depot", url=URL)


def test_a_repository_that_the_git_module_knows_already_is_told_again(school):
    """Registered over the wire, unheard here; the page gives the same one."""
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


def test_another_repository_takes_the_place_and_what_the_old_one_did_no_longer_counts(school, tell):
    give(school)
    tell("OnClone", repoUrl=URL, repoPath="/depot")
    tell("OnNewCommits", repoPath="/depot", commits=[commit("c", DEADLINE, ("/tp1/exercice1", 3))])

    repository = give(school, "https://git.example/alice/again.git")

    assert repository.state == "waiting"
    assert not Activity.objects.exists()
    assert not Progress.objects.exists()
    assert Registration.objects.get().repo_url == repository.url


@pytest.mark.parametrize("again", [URL, URL.removesuffix(".git")])
def test_the_same_repository_again_keeps_its_state(school, tell, again):
    give(school)
    tell("OnClone", repoUrl=URL, repoPath="/depot")
    assert give(school, again).state == "cloned"


def test_a_repository_that_is_not_let_in_any_more_can_be_replaced_and_removed(school, settings):
    old = give(school)
    settings.GIT_HOSTS = ["forge.example"]
    assert give(school, "https://forge.example/alice/strudon").pk == old.pk

    settings.GIT_HOSTS = ["elsewhere.example"]
    student_repositories.remove_repository(school.alice.person, StudentRepository.objects.get())
    assert not Registration.objects.exists()


def test_a_removed_repository_is_forgotten_on_both_sides(school, tell):
    repository = give(school)
    tell("OnClone", repoUrl=URL, repoPath="/depot")
    tell("OnNewCommits", repoPath="/depot", commits=[commit("c", DEADLINE, ("/tp1/exercice1", 3))])

    student_repositories.remove_repository(school.alice.person, repository)

    assert not StudentRepository.objects.exists()
    assert not Activity.objects.exists()
    assert not Registration.objects.exists()


@pytest.mark.database
@pytest.mark.parametrize("kind", ["OnClone", "OnNewCommits", "OnExerciseCompleted"])
def test_a_repository_that_is_removed_under_an_event_on_its_way_does_not_come_back(school, kind, monkeypatch):
    repository = give(school)
    row = Registration.objects.get()
    body = event(kind, repoUrl=URL, repoPath="/depot", exercisePath="/tp1/exercice1")
    body["commits"] = [commit("c", DEADLINE, ("/tp1/exercice1", 3))]
    outbox.emit(row, body)
    claimed = outbox._claim

    def claim_and_remove(head, now):
        taken = claimed(head, now)
        student_repositories.remove_repository(school.alice.person, repository)
        return taken

    monkeypatch.setattr(outbox, "_claim", claim_and_remove)
    outbox.drain("local")

    assert not StudentRepository.objects.exists()
    assert not Activity.objects.exists()
    assert not Progress.objects.exists()
    assert not ReceivedEvent.objects.exists()


def test_the_form_says_beside_the_field_what_is_wrong(school, client_of):
    client = client_of(school.alice.person)
    address = f"/courses/{school.course.pk}/students/alice/repository/?at=/depot"

    answer = client.post(address, {"url": "http://192.168.1.1/a.git"})

    assert answer.status_code == 422
    assert answer.context["form"].errors["url"] == ["The address must start with https://."]


def test_the_form_gives_the_repository_and_the_page_shows_that_it_is_being_read(school, client_of):
    client = client_of(school.alice.person)
    address = f"/courses/{school.course.pk}/students/alice/repository/?at=/depot"

    page = client.post(address, {"url": URL}, follow=True).content.decode()

    assert "Being read now" in page
    assert URL in page


def test_a_failing_repository_says_why_in_words(school, tell, client_of):
    give(school)
    tell("OnCloneFailed", repoUrl=URL, repoPath="/depot", reason="not_found")
    client = client_of(school.alice.person)
    for address in (f"/courses/{school.course.pk}/students/alice/", "/"):
        page = client.get(address).content.decode()
        assert "Repository failing" in page
        assert "There is no repository at this address." in page


def test_the_page_removes_the_repository(school, client_of):
    repository = give(school)
    address = f"/courses/{school.course.pk}/students/alice/repository/{repository.pk}/remove/"

    assert client_of(school.bob.person).post(address).status_code == 404
    assert client_of(school.alice.person).get(address).status_code == 405
    assert client_of(school.alice.person).post(address).status_code == 302
    assert not StudentRepository.objects.exists()


def test_the_page_of_a_repository_says_reachable_and_empty_then_how_many_commits(school, tell, client_of):
    client = client_of(school.alice.person)
    address = f"/courses/{school.course.pk}/students/alice/repository/_check/?at=/depot"
    give(school)
    assert "Being read now" in client.get(address).content.decode()
    tell("OnClone", repoUrl=URL, repoPath="/depot")
    answer = client.get(address).content.decode()
    assert "Reachable" in answer
    assert "Empty: no commit in it yet" in answer
    tell("OnNewCommits", repoPath="/depot", commits=[commit("c", DEADLINE, ("/tp1/exercice1", 3), ("/", 1))])
    assert "1 commit seen" in client.get(address).content.decode()
    tell("OnPullFailed", repoUrl=URL, repoPath="/depot", reason="no_access")
    assert "The repository is private, or does not exist." in client.get(address).content.decode()
    assert "No repository is asked for" in client.get(address.replace("/depot", "/elsewhere")).content.decode()


def test_giving_a_repository_asks_the_worker_and_never_the_network(school, client_of, monkeypatch):
    def network(*args, **kwargs):
        raise AssertionError("a request went to the network")

    client = client_of(school.alice.person)
    monkeypatch.setattr("socket.getaddrinfo", network)
    address = f"/courses/{school.course.pk}/students/alice/repository/?at=/depot"
    assert client.post(address, {"url": URL}).status_code == 302


def test_the_hook_address_is_that_of_the_module_which_reads(school, client_of, settings):
    client = client_of(school.alice.person)
    address = f"/courses/{school.course.pk}/students/alice/repository/?at=/depot"
    settings.PUBLIC_URL = "https://atelier.example"
    page = client.get(address).content.decode()
    door = HookAddress.objects.get()
    assert f"https://atelier.example/hooks/{door.token}/" in page and escape(door.secret) in page
    settings.GIT_MODULE_URL = "https://git-module.example/"
    page = client.get(address).content.decode()
    assert "https://git-module.example/_git_hook" in page
    assert door.token not in page and escape(door.secret) not in page
