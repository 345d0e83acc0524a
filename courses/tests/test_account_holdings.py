"""Closing an account: the courses and places of the person are named and settled, and lists mark the person."""

import pytest

from accounts.domain import closing
from accounts.holdings import holdings_of, mark_of
from courses.domain import courses, roster
from courses.models import Enrolment
from live.models import Change

pytestmark = [pytest.mark.django_db, pytest.mark.database]


def close(actor, person, heir=None, **ways):
    chosen = {"courses.taught": "leave", "courses.places": "leave"}
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


def test_open_pages_of_the_course_are_notified(school, alice, staff):
    before = Change.objects.filter(topic=school.course.topic).count()
    close(staff, alice)
    closing.reopen(staff, alice)
    assert Change.objects.filter(topic=school.course.topic).count() == before + 2


def test_a_student_is_removed_from_the_courses_where_staff_choose_it(school, alice, bob, staff):
    close(staff, alice, places="remove")
    assert [enrolment.person for enrolment in Enrolment.objects.all()] == [bob]


def test_courses_are_archived_or_get_an_assistant_or_stay(school, teacher, bob, person, staff):
    helper = person("helper", kind="teacher")
    close(staff, teacher, helper, taught="transfer")
    assert school.course.enrolments.get(person=helper).role == Enrolment.Role.ASSISTANT
    closing.reopen(staff, teacher)
    close(staff, teacher, taught="archive")
    school.course.refresh_from_db()
    assert school.course.archived_at and things(teacher) == {}


def test_the_holdings_need_the_same_queries_for_any_number_of_courses(school, teacher, alice, assert_flat):
    def grow():
        for number in range(5):
            course = courses.create_course(
                teacher, teacher, semester_id="A2026", course_id=f"C{number}", title=f"Course {number}"
            )
            roster.enrol(teacher, course, username="alice")

    assert_flat(lambda: (holdings_of(teacher), holdings_of(alice)), grow, limit=20)
