"""The commands that enrol and remove people, and the form of the roster."""

import pytest

from accounts.models import AuditEvent, User
from courses.domain import roster, student_repositories
from courses.models import Enrolment
from gitsync.models import Registration
from kernel.errors import Malformed


def test_the_same_enrolment_again_changes_nothing(school):
    events = AuditEvent.objects.count()
    roster.enrol(None, school.course, username="alice", group_id="A1")
    assert (Enrolment.objects.count(), AuditEvent.objects.count()) == (2, events)


def test_another_group_changes_the_registration_of_a_repository(school):
    url = "https://git.example/a.git"
    student_repositories.give_repository(school.alice.person, school.alice, repo_path="/depot", url=url)
    roster.enrol(None, school.course, username="alice", group_id="B7")
    assert Registration.objects.get().group_id == "B7"


def test_a_student_whose_git_host_is_no_longer_allowed_can_change_group(school, settings):
    url = "https://git.example/a.git"
    student_repositories.give_repository(school.alice.person, school.alice, repo_path="/depot", url=url)
    settings.GIT_HOSTS = ["forge.example"]
    roster.enrol(None, school.course, username="alice", group_id="B7")
    assert (Registration.objects.get().group_id, Registration.objects.get().repo_url) == ("B7", url)


def test_removing_a_person_deletes_the_registration_of_their_repository(school):
    student_repositories.give_repository(
        school.alice.person, school.alice, repo_path="/depot", url="https://git.example/a.git"
    )
    roster.remove(None, school.alice)
    assert not Registration.objects.exists()
    assert Enrolment.objects.count() == 1


def test_the_roster_form_enrols_all_lines_or_none(school, person, client_of):
    person("dora")
    client = client_of(school.course.teacher)
    url = f"/courses/{school.course.pk}/roster/"

    response = client.post(url, {"people": "dora;A1\nnobody.here;A1"})
    assert response.status_code == 422
    assert "Line 2" in response.context["form"].errors["people"][0]
    assert Enrolment.objects.count() == 2

    assert client.post(url, {"people": "dora ; A1\n\n"}).status_code == 302
    assert Enrolment.objects.get(person__username="dora").group.group_id == "A1"


def test_the_roster_form_names_each_wrong_line_and_its_error(school, client_of):
    client, url = client_of(school.course.teacher), f"/courses/{school.course.pk}/roster/"

    def error(people):
        response = client.post(url, {"people": people})
        assert response.status_code == 422
        return response.context["form"].errors["people"][0]

    assert "Line 3: Nobody here" in error("\n  \nnobody.here")
    assert "Line 2: User name must be" in error("alice\n ; A1")
    assert "Line 1: Group must be" in error("alice; the first")
    assert "required" in error("  \n \n")
    assert Enrolment.objects.filter(group__group_id="A1").get() == school.alice


def test_enrolled_people_pasted_without_a_group_keep_their_group_and_role(school, person, client_of):
    person("zoe")
    roster.enrol(None, school.course, username="zoe", group_id="A1", role="assistant")
    client, url = client_of(school.course.teacher), f"/courses/{school.course.pk}/roster/"

    assert client.post(url, {"people": "alice\nzoe;A2\nbob;"}).status_code == 302

    rows = school.course.enrolments.order_by("person__username")
    assert list(rows.values_list("person__username", "role", "group__group_id")) == [
        ("alice", "student", "A1"),
        ("bob", "student", None),
        ("zoe", "assistant", "A2"),
    ]


def test_a_new_person_s_name_follows_the_rule_for_names(school):
    with pytest.raises(Malformed) as refusal:
        roster.enrol(None, school.course, username="zoe", first_name="Zo\u202ee", create=True)
    assert refusal.value.field == "first_name" and not User.objects.filter(username="zoe").exists()
    roster.enrol(None, school.course, username="zoe", first_name=" Zoe\u0301 ", create=True)
    assert User.objects.get(username="zoe").first_name == "Zoé"


def test_a_list_names_groups_by_id_or_title_and_the_id_comes_first(school, person):
    school.course.groups.create(group_id="g2", title="Groupe 02")
    school.course.groups.create(group_id="g3", title="A1")
    names = ["a1", "A1", "groupe 02", "G2", "New"]
    lines = [
        roster.RosterLine(number, person(f"p{number}").username, group) for number, group in enumerate(names, start=1)
    ]
    enrolments = roster.enrol_all(None, school.course, lines)
    assert [enrolment.group.group_id for enrolment in enrolments] == ["A1", "A1", "g2", "g2", "New"]
