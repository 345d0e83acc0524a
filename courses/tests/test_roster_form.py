"""What may be pasted into the roster, and what is said of the lines that cannot be taken."""

import pytest

from accounts.models import AuditEvent
from courses.domain import roster
from courses.models import Enrolment, Group
from kernel.errors import Malformed


@pytest.fixture
def paste(school, client_of):
    """`paste(text)`: the errors of the box, none when it was taken."""
    client = client_of(school.course.teacher)

    def send(text):
        answer = client.post(f"/courses/{school.course.pk}/roster/", {"people": text})
        if answer.status_code == 302:
            return []
        assert answer.status_code == 422
        return list(answer.context["form"].errors["people"])

    return send


def group_of(username):
    group = Enrolment.objects.get(person__username=username).group
    return group and group.group_id


@pytest.mark.parametrize("line", ["dora;B1", "dora , B1", "dora\tB1", "\ufeffdora;B1", '"dora","B1"', "dora\tB1\t\t"])
def test_a_line_may_come_from_a_spreadsheet(school, person, paste, line):
    person("dora")
    assert paste(f"{line}\r\n\t\r\n") == []
    assert group_of("dora") == "B1"


def test_a_user_name_may_be_written_in_any_letter_case(school, person, paste):
    person("Eve.Dupont")
    assert paste("ALICE;B2\neve.dupont;B3") == []
    assert (group_of("alice"), group_of("Eve.Dupont")) == ("B2", "B3")


def test_who_is_meant_is_never_guessed(school, person, paste):
    person("Alice")
    assert paste("ALICE") == [
        "Line 1: ALICE could be any of these, which differ in capital letters: Alice, alice.",
        "Nobody was added.",
    ]
    assert paste("Alice;B2") == []
    assert (group_of("alice"), group_of("Alice")) == ("A1", "B2")


def test_all_wrong_lines_are_told_and_nothing_is_half_done(school, person, program, paste):
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
def test_of_many_wrong_lines_the_first_are_told(school, paste, wrong, end):
    told = paste("\n".join(f"nobody{number}" for number in range(wrong)))
    assert told[19].startswith("Line 20: ")
    assert told[20:] == [*end, "Nobody was added."]


def test_the_teacher_of_a_course_may_assist_in_it_and_no_more(school):
    teacher = school.course.teacher
    roster.enrol(None, school.course, username="teacher", role="assistant")
    assert roster.enrol(None, school.course, username="teacher", group_id="A1", role=None).role == "assistant"
    with pytest.raises(Malformed) as refusal:
        roster.enrol(None, school.course, username="teacher")
    assert refusal.value.code == "is_the_teacher"
    assert teacher.enrolments.get().role == "assistant"


def test_a_new_course_says_all_that_is_wrong_at_once(teacher, client_of):
    answer = client_of(teacher).post("/courses/new/", {"title": "", "course_id": "a b", "semester_id": ".."})
    assert list(answer.context["form"].errors) == ["title", "course_id", "semester_id"]
    assert "Semester code must be" in answer.content.decode()
