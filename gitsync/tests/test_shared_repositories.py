"""A repository that several people registered, or that moves: what one of them does takes nothing from the others."""

import shutil

import pytest

from gitsync.domain import branches, moves, registrations
from gitsync.models import Commit, Completion, LocalCopy, Registration, Repository
from gitsync.tests import builders
from gitsync.tests.builders import exercise
from gitsync.values import CourseIds
from kernel.errors import Conflict
from kernel.testing.people import make_person

pytestmark = pytest.mark.django_db
FIRST, SECOND = CourseIds("ada", "H2027", "StruDon"), CourseIds("eve", "H2027", "Other")


@pytest.fixture
def in_two_courses(work, registration):
    """Bob's repository in a course of ada, and in one of eve, who registered it later for a student of her own."""
    work.git("checkout", "-q", "-b", "other")
    work.commit("other work", other_txt="1\n")
    work.push("origin", "other")
    later = builders.registration(registration.repo_url, "mallory")
    later.course = builders.CourseKey.objects.create(teacher_id="eve", semester_id="H2027", course_id="Other")
    later.save()
    builders.sync_now(registration)
    return later


def choose(course, actor, student):
    branches.choose_branch(course, actor, student_id=student, repo_path="/", branch="other")
    return LocalCopy.objects.get().chosen_branch


def test_only_the_teacher_who_had_a_repository_first_chooses_its_branch(in_two_courses):
    eve, ada = (make_person(name, kind="teacher") for name in ("eve", "ada"))
    with pytest.raises(Conflict):
        choose(SECOND, eve, "mallory")
    assert LocalCopy.objects.get().chosen_branch == ""
    assert choose(FIRST, ada, "bob") == "other"


def test_staff_choose_the_branch_of_any_repository(in_two_courses):
    assert choose(SECOND, make_person("root", is_staff=True), "mallory") == "other"


def test_a_student_who_only_named_a_private_repository_cannot_move_it(work, registration, git_server, settings):
    """Its owner has been confirmed. Mallory's registration is hidden, and she guesses where the repository is now."""
    settings.DEMO_GIT_SERVER = ""
    mallory = builders.registration(registration.repo_url, "mallory")
    Registration.objects.filter(pk=mallory.pk).update(confirmed=False)
    builders.sync_now(registration)
    work.bare.rename(work.bare.with_name("robert.git"))
    git_server.moved = {"bob": "robert"}
    builders.sync_now(registration)
    new, values = git_server.url("robert"), {"repo_path": "/", "confirmed": False}

    with pytest.raises(Conflict):
        moves.accept_move(FIRST, None, student_id="mallory", new_url=new, **values)

    assert Repository.objects.get().path == "/bob"
    assert list(Registration.objects.order_by("pk").values_list("confirmed", flat=True)) == [True, False]
    assert moves.accept_move(FIRST, None, student_id="bob", new_url=new, **values) == new


def test_a_redirect_to_a_private_server_gives_no_new_times(work, registration, git_server, settings):
    """Bob's late work is hidden after the move, and he gives another address of the same commits."""
    settings.DEMO_GIT_SERVER = git_server.host
    exercise("/tp1", keywords="TP1")
    builders.sync_now(registration)
    Commit.objects.update(seen_after=1000, seen_by=2000)
    shutil.copytree(work.bare, work.bare.with_name("copy.git"))
    work.bare.rename(work.bare.with_name("robert.git"))
    git_server.moved = {"bob": "robert"}
    builders.sync_now(registration)
    settings.DEMO_GIT_SERVER = ""
    moves.accept_move(FIRST, None, student_id="bob", repo_path="/", new_url=git_server.url("robert"), confirmed=False)
    assert Registration.objects.get().hidden

    settings.DEMO_GIT_SERVER = git_server.host
    registrations.register_repository(FIRST, student_id="bob", repo_url=git_server.url("copy"), confirmed=False)
    builders.sync_now(Registration.objects.get())

    assert not Registration.objects.get().hidden
    assert list(Completion.objects.values_list("seen_by", flat=True)) == [2000]
