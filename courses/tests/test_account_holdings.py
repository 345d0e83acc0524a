"""Closing an account: the courses and places of the person are named and settled, and lists mark the person."""

import pytest

from accounts.domain import closing
from accounts.holdings import holdings_of, mark_of
from courses.domain import courses, roster, teaching_team
from courses.models import Enrolment
from kernel.errors import Conflict
from live.models import Change

pytestmark = [pytest.mark.django_db, pytest.mark.database]


def close(actor, person, heir=None, **ways):
    chosen = {"courses.taught": "leave", "courses.team": "leave", "courses.places": "leave"}
    chosen |= {f"courses.{name}": way for name, way in ways.items()}
    heirs = {f"courses.{name}": heir for name in ways if heir}
    closing.close(actor, person, mark=mark_of(holdings_of(person)), ways=chosen, heirs=heirs)


def things(person):
    return {holding.name: list(holding.things) for holding in holdings_of(person)}


def test_courses_and_places_are_named(school, alice, teacher, bob):
    (course,) = things(teacher)["courses.taught"]
    assert course.title == "Structures" and course.facts == "A2026 · 2 people"
    (place,) = things(alice)["courses.places"]
    assert (place.title, place.facts) == ("Structures", "Student · A1")
    courses.change_course(teacher, school.course, archived=True)
    assert things(teacher) == things(alice) == {}


def test_a_closed_student_stays_marked_in_the_roster_and_the_matrix(school, alice, teacher, staff, client_of):
    client, page = client_of(teacher), f"/courses/{school.course.pk}/"
    assert "Alice Martin (closed)" not in client.get(page).content.decode()
    close(staff, alice)
    for address in (page, f"{page}roster/", f"{page}students/alice/"):
        text = client.get(address).content.decode()
        assert "Alice Martin (closed)" in text and "Bob Martin (closed)" not in text, address
    closing.reopen(staff, alice)
    for address in (page, f"{page}roster/"):
        assert "(closed)" not in client.get(address).content.decode()


@pytest.mark.parametrize("name", ["alice", "teacher"])
def test_open_pages_of_the_course_are_notified(school, alice, teacher, staff, name):
    person = {"alice": alice, "teacher": teacher}[name]
    before = Change.objects.filter(topic=school.course.topic).count()
    close(staff, person)
    closing.reopen(staff, person)
    assert Change.objects.filter(topic=school.course.topic).count() == before + 2


def test_a_student_is_removed_from_the_courses_where_staff_choose_it(school, alice, bob, staff):
    close(staff, alice, places="remove")
    assert [enrolment.person for enrolment in Enrolment.objects.all()] == [bob]


@pytest.mark.parametrize(("kind", "role"), [("teacher", "teacher"), ("student", "assistant")])
def test_a_teacher_inherits_a_course_as_a_co_teacher_and_somebody_else_as_an_assistant(
    school, teacher, person, staff, client_of, kind, role
):
    heir = person("heir", kind=kind)
    close(staff, teacher, heir, taught="transfer")
    assert school.course.enrolments.get(person=heir).role == role
    school.course.refresh_from_db()
    assert school.course.teacher == teacher, "the Git module knows the course by them"
    assert client_of(heir).get(f"/courses/{school.course.pk}/settings/").status_code == (200 if role == kind else 403)
    assert (
        f"{teacher.display_name} (closed)" in client_of(heir).get(f"/courses/{school.course.pk}/team/").content.decode()
    )


def test_an_assistant_who_inherits_becomes_a_co_teacher_and_a_student_cannot_inherit(
    school, teacher, bob, person, staff
):
    person("heir", kind="teacher")
    teaching_team.add_to_team(None, school.course, username="heir", role="assistant", group_ids=["A1"])
    with pytest.raises(Conflict, match="bob is a student of this course"):
        close(staff, teacher, bob, taught="transfer")
    teacher.refresh_from_db()
    assert teacher.is_active
    close(staff, teacher, school.course.enrolments.get(person__username="heir").person, taught="transfer")
    heir = school.course.enrolments.get(person__username="heir")
    assert heir.role == Enrolment.Role.TEACHER and not heir.assisted_groups.exists()


def test_co_taught_and_assisted_courses_are_named_and_need_no_heir(school, person, teacher, staff, client_of):
    nadia, helper = person("nadia", kind="teacher"), person("helper")
    teaching_team.add_to_team(None, school.course, username="nadia", role="teacher")
    teaching_team.add_to_team(None, school.course, username="helper", role="assistant", group_ids=["A2", "A1"])
    (course,) = things(teacher)["courses.taught"]
    assert course.facts == "A2026 · 4 people · co-teachers: Nadia Martin"
    for member, facts in ((nadia, "Co-teacher"), (helper, "Assistant · A1, A2")):
        (holding,) = holdings_of(member)
        assert holding.name == "courses.team" and not holding.hands_over
        assert [thing.facts for thing in holding.things] == [facts]
        assert client_of(staff).get(holding.things[0].href).status_code == 200
    close(staff, helper, team="remove")
    assert not school.course.enrolments.filter(person=helper).exists()
    before = Change.objects.filter(topic=school.course.topic).count()
    close(staff, nadia)
    assert Change.objects.filter(topic=school.course.topic).count() == before + 1
    assert "Nadia Martin (closed)" in client_of(teacher).get(f"/courses/{school.course.pk}/team/").content.decode()
    assert things(teacher)["courses.taught"][0].facts == "A2026 · 3 people", "a closed co-teacher looks after nothing"


def test_the_places_of_a_student_are_kept_while_they_leave_a_team(school, alice, teacher, staff):
    other = courses.create_course(teacher, teacher, semester_id="A2026", course_id="Other", title="Other")
    teaching_team.add_to_team(None, other, username="alice", role="assistant")
    assert [len(things(alice)[name]) for name in ("courses.team", "courses.places")] == [1, 1]
    close(staff, alice, team="remove")
    assert [enrolment.course for enrolment in Enrolment.objects.filter(person=alice)] == [school.course]


def test_courses_are_archived_where_staff_choose_it(school, teacher, staff):
    close(staff, teacher, taught="archive")
    school.course.refresh_from_db()
    assert school.course.archived_at and things(teacher) == {}


def test_the_holdings_need_the_same_queries_for_any_number_of_courses(school, teacher, alice, person, assert_flat):
    def grow():
        for number in range(5):
            course = courses.create_course(
                teacher, teacher, semester_id="A2026", course_id=f"C{number}", title=f"Course {number}"
            )
            roster.enrol(teacher, course, username="alice")
            for name, groups in (("nadia", []), ("helper", ["A1"])):
                course.groups.get_or_create(group_id="A1")
                role = "assistant" if groups else "teacher"
                teaching_team.add_to_team(None, course, username=name, role=role, group_ids=groups)

    nadia, helper = person("nadia", kind="teacher"), person("helper")
    for name, role in (("nadia", "teacher"), ("helper", "assistant")):
        teaching_team.add_to_team(None, school.course, username=name, role=role, group_ids=["A1"] * (role != "teacher"))
    assert_flat(lambda: [holdings_of(each) for each in (teacher, alice, nadia, helper)], grow, limit=40)
