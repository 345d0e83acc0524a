"""The teachers and assistants of a course: the page, its commands, and that they are never counted as students."""

import functools

import pytest
from django.urls import reverse

from accounts.models import AuditEvent
from courses.domain import course_tasks, roster, teaching_team
from courses.models import Enrolment
from courses.tests.roster_files import plan_of
from gitsync.models import WatchedExercise
from kernel.errors import Conflict, Malformed, NotAllowed
from live.models import Change

NEW = {"role": "assistant", "groups": ["A1"]}


@pytest.fixture
def colleague(person):
    return person("colleague", kind="teacher", first_name="Élise", last_name="Œuvrard")


def page(name, course, *args):
    return reverse(name, args=[course.pk, *args])


def test_a_teacher_finds_a_colleague_by_name_and_makes_them_a_co_teacher(school, colleague, client_of):
    client = client_of(school.course.teacher)
    found = client.get(page("course-team", school.course), {"q": "elise œuv"}).content.decode()
    add = page("course-team-add", school.course, "colleague")
    assert f'href="{add}"' in found
    assert "Co-teacher" in client.get(add).content.decode()
    Change.objects.all().delete()
    assert client.post(add, {"role": "teacher"}).headers["Location"] == page("course-team", school.course)
    assert Enrolment.objects.get(person=colleague).role == "teacher"
    event = AuditEvent.objects.filter(verb="courses.enrol").latest("pk")
    assert (event.actor, event.after["person"], event.after["role"]) == (school.course.teacher, "colleague", "teacher")
    assert {row.topic for row in Change.objects.all()} == {school.course.topic, f"person:{colleague.pk}"}
    assert client_of(colleague).post(page("course-archive", school.course)).status_code == 302


@pytest.mark.parametrize("search", ["colleague", "OEUVRARD", "élise", "  elise  "])
def test_the_search_ignores_case_and_accents(school, person, client_of, search):
    person("colleague", kind="teacher", first_name="Élise", last_name="Oeuvrard")
    response = client_of(school.course.teacher).get(page("course-team", school.course), {"q": search})
    assert [row.username for row in response.context["candidates"]] == ["colleague"]


def test_the_search_shows_why_a_person_cannot_be_added_and_leaves_out_programs_and_closed_accounts(
    school, person, program, client_of
):
    person("closed-martin", is_active=False)
    client = client_of(school.course.teacher)
    found = client.get(page("course-team", school.course), {"q": "martin"})
    assert {row.username for row in found.context["candidates"]} == {"alice", "bob", "teacher"}
    text = found.content.decode()
    assert "a student of this course: remove them from the roster first" in text
    assert "teaches this course already" in text
    assert page("course-team-add", school.course, "alice") not in text
    assert not client.get(page("course-team", school.course), {"q": "program"}).context["candidates"]
    assert (
        "Nobody here has a name like “zz&lt;b&gt;”"
        in client.get(page("course-team", school.course), {"q": "zz<b>"}).content.decode()
    )
    assert not client.get(page("course-team", school.course), {"q": "a"}).context["candidates"], "too short"


def test_a_long_list_says_that_there_are_more(school, person, client_of):
    for number in range(25):
        person(f"many{number}")
    response = client_of(school.course.teacher).get(page("course-team", school.course), {"q": "many"})
    assert len(response.context["candidates"]) == 20
    assert "More people have such a name" in response.content.decode()


def test_only_a_teacher_can_be_a_co_teacher(school, charlie, client_of):
    add = page("course-team-add", school.course, "charlie")
    client = client_of(school.course.teacher)
    assert 'value="teacher"' not in client.get(add).content.decode()
    assert client.post(add, {"role": "teacher"}).status_code == 422
    with pytest.raises(Malformed, match="Only a teacher can be a co-teacher"):
        teaching_team.add_to_team(None, school.course, username="charlie", role="teacher")
    assert not Enrolment.objects.filter(person=charlie).exists()


def test_an_assistant_gets_groups_and_other_groups_and_all(school, charlie, client_of):
    client = client_of(school.course.teacher)
    client.post(page("course-team-add", school.course, "charlie"), NEW)
    member = Enrolment.objects.get(person=charlie)
    assert [group.group_id for group in member.assisted_groups.all()] == ["A1"]
    change = page("course-team-member", school.course, member.pk)
    assert 'value="A1" class="form-check-input" id="id_groups_0" checked' in client.get(change).content.decode()
    client.post(change, {"role": "assistant", "groups": ["A2"]})
    assert [group.group_id for group in member.assisted_groups.all()] == ["A2"]
    last = AuditEvent.objects.filter(verb="courses.enrol").latest("pk")
    assert last.after["assisted_groups"] == "A2"
    client.post(change, {"role": "assistant"})
    assert not member.assisted_groups.exists()
    assert "all students" in client.get(page("course-team", school.course)).content.decode()
    count = AuditEvent.objects.count()
    client.post(change, {"role": "assistant"})
    assert AuditEvent.objects.count() == count, "the same again changes nothing"
    assert client.post(change, {"role": "assistant", "groups": ["nowhere"]}).status_code == 422


def test_the_page_of_a_member_is_the_reader_s(school, charlie, client_of):
    """The account menu names the reader, not the person of the page."""
    text = client_of(school.course.teacher).get(page("course-team-add", school.course, "charlie")).content.decode()
    assert "Teacher Martin" in text
    assert text.count("Charlie Martin") == 2, "the title and the heading"


def test_an_assistant_who_becomes_a_co_teacher_loses_the_groups(school, colleague):
    teaching_team.add_to_team(None, school.course, username="colleague", role="assistant", group_ids=["A1"])
    member = teaching_team.add_to_team(None, school.course, username="colleague", role="teacher", group_ids=["A1"])
    assert not member.assisted_groups.exists()


def test_removal_asks_first_and_is_in_the_audit_log(school, colleague, client_of):
    member = teaching_team.add_to_team(None, school.course, username="colleague", role="teacher")
    client, remove = client_of(school.course.teacher), page("course-team-remove", school.course, member.pk)
    assert "They no longer see this course" in client.get(remove).content.decode()
    assert Enrolment.objects.filter(pk=member.pk).exists(), "GET removes nobody"
    assert client.post(remove).headers["Location"] == page("course-team", school.course)
    assert not Enrolment.objects.filter(pk=member.pk).exists()
    event = AuditEvent.objects.filter(verb="courses.remove").latest("pk")
    assert (event.actor, event.before["person"]) == (school.course.teacher, "colleague")
    assert client_of(colleague).get(page("course-matrix", school.course)).status_code == 404
    assert client.post(remove).status_code == 404, "a second click finds nobody"


def test_a_co_teacher_who_leaves_goes_to_their_courses(school, colleague, client_of):
    member = teaching_team.add_to_team(None, school.course, username="colleague", role="teacher")
    client, remove = client_of(colleague), page("course-team-remove", school.course, member.pk)
    assert "You no longer see this course" in client.get(remove).content.decode()
    assert client.post(remove).headers["Location"] == reverse("courses")


def test_the_teacher_of_the_semester_cannot_be_removed_or_added(school, colleague, client_of):
    teaching_team.add_to_team(None, school.course, username="colleague", role="teacher")
    text = client_of(colleague).get(page("course-team", school.course)).content.decode()
    assert "cannot be removed" in text
    assert text.count(">Remove<") + text.count("Remove\n") <= 1, "only the co-teacher has the button"
    assert client_of(colleague).get(page("course-team-add", school.course, "teacher")).status_code == 404
    with pytest.raises(Malformed, match="teacher of the semester"):
        teaching_team.add_to_team(None, school.course, username="teacher", role="teacher")


def test_a_student_is_not_made_an_assistant_over_their_work(school, client_of):
    add = page("course-team-add", school.course, "alice")
    response = client_of(school.course.teacher).post(add, {"role": "assistant"})
    assert response.status_code == 422
    assert "Remove them from the roster first" in response.content.decode()
    with pytest.raises(Conflict):
        teaching_team.add_to_team(None, school.course, username="alice", role="assistant")
    with pytest.raises(Conflict):
        teaching_team.remove_from_team(None, school.alice)


def test_the_commands_refuse_everybody_but_the_teachers(school, charlie, person, program, colleague):
    member = teaching_team.add_to_team(None, school.course, username="charlie", role="assistant")
    for actor in (charlie, school.alice.person, person("stranger"), program, colleague):
        with pytest.raises(NotAllowed):
            teaching_team.add_to_team(actor, school.course, username="colleague", role="teacher")
        with pytest.raises(NotAllowed):
            teaching_team.remove_from_team(actor, member)


def test_a_co_teacher_is_never_a_student(school, colleague, client_of, api_of):
    teaching_team.add_to_team(None, school.course, username="colleague", role="teacher")
    client = client_of(school.course.teacher)
    assert client.get(page("course-matrix", school.course)).context["matrix"].students == 2
    for role in (None, "student"):
        with pytest.raises(Malformed, match="teaches this course and cannot be a student of it"):
            roster.enrol(None, school.course, username="colleague", group_id="A1", role=role)
    answer = client.post(page("course-roster", school.course), {"people": "colleague; A1"})
    assert "teaches this course" in answer.content.decode()
    (line,) = plan_of(school.course, "User name;Group\ncolleague;A1\n")
    assert (line.outcome, "teaches this course" in line.sentence) == ("contradiction", True)
    body = {"username": "colleague", "group": "A1"}
    response = api_of(school.course.teacher).post(page("api-course-enrolments", school.course), body, format="json")
    assert response.status_code == 400
    assert Enrolment.objects.get(person=colleague).role == "teacher"


def test_the_roster_shows_the_team_before_the_students(school, colleague, charlie, client_of):
    teaching_team.add_to_team(None, school.course, username="colleague", role="teacher")
    teaching_team.add_to_team(None, school.course, username="charlie", role="assistant", group_ids=["A2"])
    people = client_of(charlie).get(page("course-roster", school.course)).context["people"]
    assert [enrolment.person.username for enrolment in people] == ["colleague", "charlie", "bob"]


def test_the_wire_names_the_teacher_of_the_semester_whoever_acts(school, colleague):
    teaching_team.add_to_team(None, school.course, username="colleague", role="teacher")
    course_tasks.add_task(colleague, school.course, path="/tp9", title="Nine")
    exercise = WatchedExercise.objects.get(exercise_path="/tp9")
    assert exercise.course.teacher_id == "teacher"


def test_a_student_sees_who_teaches_the_course_and_who_assists_them(school, colleague, charlie, person, client_of):
    client, own_page = client_of(school.alice.person), page("course-student", school.course, "alice")
    assert "Teachers and assistants" not in client.get(own_page).content.decode(), "the line under the title says it"
    add = functools.partial(teaching_team.add_to_team, None, school.course)
    add(username="colleague", role="teacher")
    add(username="charlie", role="assistant")
    for name, groups in (("zoe", ["A1", "A2"]), ("xavier", ["A2"])):
        person(name, first_name=name.title(), last_name="")
        add(username=name, role="assistant", group_ids=groups)

    def names():
        return [(row.person.username, row.get_role_display()) for row in client.get(own_page).context["team"]]

    everybody = [("colleague", "Co-teacher"), ("charlie", "Assistant"), ("zoe", "Assistant")]
    assert names() == everybody
    text = client.get(own_page).content.decode()
    assert "Teachers and assistants" in text
    assert "Élise Œuvrard" in text
    assert "Xavier" not in text
    roster.enrol(None, school.course, username="alice", group_id="")
    assert names() == everybody[:2], "a student without a group"
    assert "Teachers and assistants" not in client_of(colleague).get(own_page).content.decode()


def test_an_assistant_gets_the_help_of_assistants(school, person, client_of):
    helper = client_of(person("helper"))
    assert helper.get("/help/").context["role"] == "student"
    roster.enrol(school.course.teacher, school.course, username="helper", role=Enrolment.Role.ASSISTANT)
    assert helper.get("/help/").context["role"] == "assistant"
