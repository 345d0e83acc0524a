"""The roster page: the lines that people paste into its form, and the removal of a person."""

import pytest

from accounts.models import AuditEvent
from courses.domain import roster
from courses.models import Enrolment, Group
from courses.tests.conftest import REPOSITORY_URL
from gitsync.models import Registration
from kernel.errors import Malformed


@pytest.fixture
def paste(school, client_of):
    """`paste(text)` returns the errors of the form, none when it accepts the text."""
    client = client_of(school.course.teacher)

    def send(text):
        response = client.post(f"/courses/{school.course.pk}/roster/", {"people": text})
        if response.status_code == 302:
            return []
        assert response.status_code == 422
        return list(response.context["form"].errors["people"])

    return send


def group_of(username):
    group = Enrolment.objects.get(person__username=username).group
    return group and group.group_id


@pytest.mark.parametrize("line", ["dora;B1", "dora , B1", "dora\tB1", "\ufeffdora;B1", '"dora","B1"', "dora\tB1\t\t"])
def test_a_line_may_come_from_a_spreadsheet(school, person, paste, line):
    person("dora")
    assert paste(f"{line}\r\n\t\r\n") == []
    assert group_of("dora") == "B1"


def test_a_user_name_may_be_typed_in_upper_or_lower_case(school, person, paste):
    person("Eve.Dupont")
    assert paste("ALICE;B2\neve.dupont;B3") == []
    assert (group_of("alice"), group_of("Eve.Dupont")) == ("B2", "B3")


def test_a_user_name_that_two_people_could_have_is_refused(school, person, paste):
    person("Alice")
    assert paste("ALICE") == [
        "Line 1: ALICE could be any of these, which differ in capital letters: Alice, alice.",
        "Nobody was added.",
    ]
    assert paste("Alice;B2") == []
    assert (group_of("alice"), group_of("Alice")) == ("A1", "B2")


def test_all_wrong_lines_are_named_and_nobody_is_added(school, person, program, paste):
    person("dora")
    events = AuditEvent.objects.count()
    assert paste("dora;New\nnobody\n\nalice;the first\nalice;A1;B1\nMACHINE\nteacher") == [
        "Line 2: Nobody here has the user name nobody.",
        "Line 4: Group must be 1 to 255 letters, digits, dots, hyphens or underscores.",
        "Line 5: Group must be 1 to 255 letters, digits, dots, hyphens or underscores.",
        "Line 6: Nobody here has the user name MACHINE.",
        "Line 7: teacher teaches this course and cannot be a student of it.",
        "Nobody was added.",
    ]
    assert not Enrolment.objects.filter(person__username="dora").exists()
    assert not Group.objects.filter(group_id="New").exists()
    assert AuditEvent.objects.count() == events


@pytest.mark.parametrize(("wrong", "end"), [(20, []), (21, ["And 1 more line."]), (25, ["And 5 more lines."])])
def test_only_the_first_twenty_wrong_lines_are_named(school, paste, wrong, end):
    errors = paste("\n".join(f"nobody{number}" for number in range(wrong)))
    assert errors[19].startswith("Line 20: ")
    assert errors[20:] == [*end, "Nobody was added."]


def test_the_teacher_of_a_course_may_be_its_assistant_but_not_its_student(school):
    teacher = school.course.teacher
    roster.enrol(None, school.course, username="teacher", role="assistant")
    assert roster.enrol(None, school.course, username="teacher", group_id="A1", role=None).role == "assistant"
    with pytest.raises(Malformed) as refusal:
        roster.enrol(None, school.course, username="teacher")
    assert refusal.value.code == "is_the_teacher"
    assert teacher.enrolments.get().role == "assistant"


def test_removing_a_person_deletes_their_registrations_too(school, client_of):
    client = client_of(school.alice.person)
    url = REPOSITORY_URL.format("alice")
    client.post(f"/courses/{school.course.pk}/students/alice/repository/?at=/depot", {"url": url})
    assert Registration.objects.exists()
    teacher, address = client_of(school.course.teacher), f"/courses/{school.course.pk}/roster/{school.alice.pk}/remove/"

    assert "Alice Martin" in teacher.get(address).content.decode()
    assert Enrolment.objects.filter(pk=school.alice.pk).exists()
    assert client.post(address).status_code == 403
    assert teacher.post(address).status_code == 302
    assert not Enrolment.objects.filter(pk=school.alice.pk).exists()
    assert not Registration.objects.exists()
    assert client.get(f"/courses/{school.course.pk}/students/alice/").status_code == 404
