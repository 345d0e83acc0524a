"""The pages that show a repository's new address and newer work on other branches, with one button each."""

import pytest
from django.urls import reverse

from courses.domain import roster, student_repositories
from gitsync.models import LocalCopy, Registration

URL = "https://git.example/alice/strudon.git"
NEW = "https://git.example/alice-martin/strudon.git"


@pytest.fixture
def given(school, send_event):
    repository = student_repositories.give_repository(school.alice.person, school.alice, repo_path="/depot", url=URL)
    send_event("OnCloneFailed", repoUrl=URL, repoPath="/depot", reason="redirected")
    LocalCopy.objects.update(
        status="failing",
        reason="redirected",
        detail="to /alice-martin/strudon.git/info/refs",
        branch="main",
        heads={"main": "a" * 40, "master": "b" * 40},
        other_branches=[["master", 4]],
    )
    return repository


@pytest.fixture
def addresses(school):
    return {name: reverse(f"course-repository-{name}", args=[school.course.pk, "alice"]) for name in ("move", "branch")}


def pages(school, client, person):
    own = [f"/courses/{school.course.pk}/students/alice/repository/?at=/depot"] if person == "alice" else []
    return [
        " ".join(client.get(address).content.decode().split())
        for address in (f"/courses/{school.course.pk}/students/alice/", *own)
    ]


@pytest.mark.parametrize("person", ["alice", "teacher"])
def test_student_and_teacher_accept_the_new_address(school, given, client_of, person, addresses, request):
    client = client_of(request.getfixturevalue(person))
    for page in pages(school, client, person):
        assert NEW in page and "Use the new address" in page

    response = client.post(addresses["move"], {"at": "/depot", "url": NEW}, follow=True)

    assert "The new address is saved" in response.content.decode()
    given.refresh_from_db()
    assert (given.url, Registration.objects.get().repo_url) == (NEW, NEW)
    assert LocalCopy.objects.get().dirty
    assert (
        "Reload the page" in client.post(addresses["move"], {"at": "/depot", "url": URL}, follow=True).content.decode()
    )


def test_nobody_else_accepts_a_new_address_or_chooses_a_branch(school, given, client_of, charlie, addresses):
    roster.enrol(None, school.course, username="charlie", role="assistant")
    for person, status in ((school.bob.person, 404), (charlie, 403)):
        client = client_of(person)
        assert client.post(addresses["move"], {"at": "/depot", "url": NEW}).status_code == status
        assert client.post(addresses["branch"], {"at": "/depot", "branch": "master"}).status_code == status
    alice = client_of(school.alice.person)
    assert alice.post(addresses["branch"], {"at": "/depot", "branch": "master"}).status_code == 403
    assert alice.get(addresses["move"]).status_code == 302
    assert (Registration.objects.get().repo_url, LocalCopy.objects.get().chosen_branch) == (URL, "")


def test_newer_work_on_another_branch_is_shown_with_one_button(school, given, client_of, addresses):
    sentence = "4 newer commits on master; only main counts"
    for page in pages(school, client_of(school.alice.person), "alice"):
        assert sentence in page and "Merge it into main and push" in page and "Count master instead" not in page
    teacher = client_of(school.course.teacher)
    for page in pages(school, teacher, "teacher"):
        assert sentence in page and "Count master instead" in page

    teacher.post(addresses["branch"], {"at": "/depot", "branch": "master"})

    assert LocalCopy.objects.get().chosen_branch == "master"
    assert "Count the default branch again" in pages(school, teacher, "teacher")[0]
    answer = teacher.post(addresses["branch"], {"at": "/depot", "branch": "gone"}, follow=True)
    assert "no such branch any more" in answer.content.decode()
