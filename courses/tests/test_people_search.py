"""The search of people: who finds whom, by which words, and what is shown of each person."""

import pytest
from django.utils import timezone

from accounts.domain import invitations
from accounts.models import User
from courses.domain import courses, roster, teaching_team

pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.fixture
def names(client_of):
    """`names(teacher, q="Ali")` returns the user names that this person finds, in order."""

    def usernames(viewer, **query):
        answer = client_of(viewer).get("/people/", query)
        assert answer.status_code == 200
        return [row.person.username for row in answer.context["people"]]

    return usernames


@pytest.mark.parametrize(
    ("search", "is_found"),
    [
        ("eleonore", True),
        ("ÉLÉONORE", True),
        ("müller eleo", True),
        ("muller", True),
        ("student-17", True),
        ("x17@school", True),
        ("eleonore schmidt", False),
        ("%", False),
        ("_leonore", False),
        ("", True),
        ("\0", True),
    ],
)
def test_case_and_accents_do_not_matter_and_every_word_must_be_there(names, staff, person, search, is_found):
    person("student-17", first_name="Éléonore", last_name="Müller")
    User.objects.filter(username="student-17").update(email="x17@school.example")
    assert ("student-17" in names(staff, q=search)) == is_found


def test_names_are_in_the_order_of_their_letters_without_case_and_accents(names, staff, person):
    for number, name in enumerate(["Zimmer", "Öztürk", "olsen", "Éluard", "Paz", "Diallo"]):
        User.objects.filter(pk=person(f"p{number}").pk).update(first_name="Sorted", last_name=name)
    assert names(staff, q="sorted") == ["p5", "p3", "p2", "p1", "p4", "p0"]


@pytest.mark.parametrize("name", ["Ναυσικά", "Нина", "名取", "אורי", "ليلى"])
def test_names_in_any_script_are_found(names, staff, person, alice, name):
    User.objects.filter(pk=person("other").pk).update(first_name=name)
    assert names(staff, q=name) == ["other"]
    assert names(staff, q=name.upper()) == ["other"]


def test_a_teacher_finds_the_people_of_their_courses_and_all_teachers(school, names, person, program):
    other = person("other", kind="teacher")
    person("stranger")
    User.objects.filter(pk=other.pk).update(email="private@school.example")
    assert set(names(school.course.teacher)) == {"alice", "bob", "other", "teacher"}
    assert names(school.course.teacher, q="stranger") == []
    assert set(names(other)) == {"other", "teacher"}
    assert names(school.course.teacher, q="private@school") == [], "the address of another teacher is not searched"
    assert names(school.course.teacher, q="alice@school") == ["alice"]


def test_a_co_teacher_finds_the_people_of_the_course_and_an_assistant_of_groups_those_of_the_groups(
    school, names, client_of, person
):
    nadia, helper, whole = (person(name, kind="teacher") for name in ("nadia", "helper", "whole"))
    person("aide")
    course = school.course
    teaching_team.add_to_team(None, course, username="nadia", role="teacher")
    teaching_team.add_to_team(None, course, username="helper", role="assistant", group_ids=["A2"])
    for name in ("whole", "aide"):
        teaching_team.add_to_team(None, course, username=name, role="assistant")
    teachers = {"teacher", "nadia", "helper", "whole"}
    for viewer in (nadia, whole, course.teacher):
        assert set(names(viewer)) == {"alice", "bob", "aide", *teachers}, viewer
    assert set(names(helper)) == {"bob", "aide", *teachers}
    assert names(helper, q="alice") == names(helper, q="alice@school") == []
    page = client_of(helper).get("/people/").content.decode()
    assert f"/courses/{course.pk}/students/bob/" in page and "(Co-teacher)" in page


def test_an_assistant_of_groups_reads_no_courses_of_students_of_other_groups(school, client_of, person):
    """A student whom they know from a course of their own is not shown in a group of another course."""
    helper = person("helper", kind="teacher")
    own = courses.create_course(None, helper, semester_id="A", course_id="Own", title="Own course")
    roster.enrol(None, own, username="alice")
    teaching_team.add_to_team(None, school.course, username="helper", role="assistant", group_ids=["A2"])
    page = client_of(helper).get("/people/").content.decode()
    assert f"/courses/{own.pk}/students/alice/" in page
    assert f"/courses/{school.course.pk}/students/alice/" not in page
    assert f"/courses/{school.course.pk}/students/bob/" in page


def test_a_teacher_who_assists_finds_only_the_students_whom_they_see(school, names, client_of, person):
    assistant = person("assistant", kind="teacher")
    teaching_team.add_to_team(
        school.course.teacher, school.course, username="assistant", role="assistant", group_ids=["A1"]
    )
    assert set(names(assistant)) == {"alice", "assistant", "teacher"}
    text = client_of(assistant).get("/people/").content.decode()
    assert "Structures" in text and "alice@school.example" not in text, "no page shows assistants the addresses"
    assert names(assistant, q="alice@school") == []
    roster.enrol(school.course.teacher, school.course, username="assistant", role="assistant", assisted_group_ids=[])
    assert set(names(assistant)) == {"alice", "assistant", "bob", "teacher"}


def test_a_co_teacher_finds_the_people_as_the_teacher_does(school, names, person):
    co_teacher = person("second", kind="teacher")
    teaching_team.add_to_team(school.course.teacher, school.course, username="second", role="teacher")
    assert set(names(co_teacher)) == {"alice", "bob", "second", "teacher"}
    assert names(co_teacher, q="alice@school") == ["alice"]


def test_a_teacher_sees_only_names_of_other_teachers(school, client_of, person):
    other = person("other", kind="teacher", last_login=timezone.now())
    User.objects.filter(pk=other.pk).update(email="private@school.example")
    courses.create_course(None, other, semester_id="A", course_id="B", title="Hidden course")
    text = client_of(school.course.teacher).get("/people/").content.decode()
    assert "Other Martin" in text and "private@school.example" not in text
    assert "Hidden course" not in text and "/admin/" not in text.partition("<main")[2]
    assert "alice@school.example" in text and "Structures" in text


def test_staff_see_kind_courses_last_sign_in_and_a_link_to_edit(school, client_of, staff, person):
    roster.enrol(None, school.course, username=person("helper").username, role="assistant")
    User.objects.filter(username="bob").update(last_login=timezone.now(), is_active=True)
    text = client_of(staff).get("/people/").content.decode()
    alice = User.objects.get(username="alice")
    assert f'href="{alice.get_absolute_url()}"' in text
    assert f"/courses/{school.course.pk}/students/alice/" in text and "(Assistant)" in text and "(Teacher)" in text
    assert "has never signed in" in text and "last sign-in" in text


def test_staff_who_may_not_change_people_get_no_link_to_edit(client_of, person, alice, staff):
    reader = person("reader", is_staff=True)
    assert alice.get_absolute_url() not in client_of(reader).get("/people/").content.decode()


def test_people_are_filtered_by_kind(names, staff, teacher, alice, bob, program):
    User.objects.filter(pk=bob.pk).update(is_active=False)
    User.objects.filter(pk=teacher.pk).update(last_login=timezone.now())
    assert names(staff, kind="student") == ["alice", "bob"]
    assert names(staff, kind="closed") == ["bob"]
    assert names(staff, kind="staff") == ["staff"]
    assert names(staff, kind="service") == ["program"]
    assert names(staff, kind="new") == ["alice"], "staff has signed in here"
    assert len(names(staff, kind="nonsense")) == 5


def test_the_state_of_the_invitation_is_shown(client_of, staff, alice):
    alice.set_unusable_password()
    alice.save()
    invitations.invite(staff, alice)
    assert "Invitation: Sent" in client_of(staff).get("/people/").content.decode()


def test_a_search_without_a_match_says_what_to_do(client_of, staff):
    text = client_of(staff).get("/people/", {"q": "no such person"}).content.decode()
    assert "Nobody matches" in text and "Show everybody" in text


def test_the_page_needs_the_same_number_of_queries_with_many_people(school, client_of, staff, person, assert_flat):
    def grow():
        for number in range(20):
            roster.enrol(None, school.course, username=person(f"student{number}").username)

    grown = {"done": False}

    def grow_once():
        if not grown["done"]:
            grow()
            grown["done"] = True

    for viewer in (staff, school.course.teacher):
        client = client_of(viewer)
        assert_flat(lambda client=client: client.get("/people/", {"q": "martin"}), grow_once, limit=14)
