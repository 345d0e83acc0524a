"""The mail to a person who was added to a course."""

import pytest
from django.utils import timezone

from accounts.domain import invitations
from accounts.models import User
from courses.domain import courses, roster, teaching_team
from courses.domain.roster import RosterLine
from courses.models import Enrolment
from mail import choices, kinds
from mail.choice_table import choice_context
from mail.models import Mail, Notice

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("without_mails")]


def notified():
    return sorted(Mail.objects.values_list("person__username", flat=True))


def test_a_new_student_and_a_new_assistant_are_told(school, charlie, person):
    roster.enrol(school.course.teacher, school.course, username="charlie")
    roster.enrol(school.course.teacher, school.course, username=person("dora").username, role="assistant")
    assert notified() == ["charlie", "dora"]
    mail = Mail.objects.latest("pk")
    assert (mail.kind, mail.subject, mail.path) == (
        "courses.added",
        "You are in the course “Structures”",
        f"/courses/{school.course.pk}/",
    )
    assert "of Teacher Martin" in mail.text


def test_a_new_member_of_the_team_is_told_or_invited(school, charlie, person):
    person("dora"), person("nadia", kind="teacher")
    User.objects.filter(username="dora").update(password="!", email="dora@school.example")
    for name, role in (("charlie", "assistant"), ("nadia", "teacher"), ("dora", "assistant")):
        for _ in range(2):
            teaching_team.add_to_team(school.course.teacher, school.course, username=name, role=role)
    mails = sorted(Mail.objects.values_list("person__username", "kind"))
    assert mails == [("charlie", "courses.added"), ("dora", "accounts.invitation"), ("nadia", "courses.added")]
    assert "Structures" in Mail.objects.get(kind="accounts.invitation").text


def test_an_invitation_that_works_is_not_replaced_and_a_member_without_an_address_is_added(school, person, staff):
    for name, address in (("dora", "dora@school.example"), ("eve", "")):
        User.objects.filter(pk=person(name).pk).update(password="!", email=address)
    invitations.invite(staff, User.objects.get(username="dora"))
    for name in ("dora", "eve"):
        teaching_team.add_to_team(school.course.teacher, school.course, username=name, role="assistant")
    assert notified() == ["dora"] and school.course.enrolments.filter(role="assistant").count() == 2


def test_a_member_of_the_team_of_an_archived_course_is_not_told(school, person):
    User.objects.filter(pk=person("dora").pk).update(password="!", email="dora@school.example")
    courses.change_course(school.course.teacher, school.course, archived=True)
    teaching_team.add_to_team(school.course.teacher, school.course, username="dora", role="assistant")
    assert notified() == []


def test_another_group_or_role_is_no_news(school):
    roster.enrol(school.course.teacher, school.course, username="alice", group_id="A2")
    roster.enrol(school.course.teacher, school.course, username="alice", role="assistant")
    assert notified() == []


def test_who_is_removed_before_the_mail_left_gets_none_and_twice_on_one_day_is_one_mail(school, charlie):
    def enrol():
        return roster.enrol(school.course.teacher, school.course, username="charlie")

    roster.remove(None, enrol())
    assert notified() == []
    enrolment = enrol()
    Mail.objects.update(sent_at=timezone.now())
    roster.remove(None, enrolment)
    enrol()
    assert notified() == ["charlie"]


def test_who_leaves_the_team_gets_no_notice_that_waits_for_the_daily_mail(school, person):
    dora = person("dora")
    member = teaching_team.add_to_team(school.course.teacher, school.course, username="dora", role="assistant")
    for path in (f"/courses/{school.course.pk}/", f"/courses/{school.course.pk}9/", "/farm/"):
        Notice.objects.create(
            key=path, person_id=dora.pk, kind="courses.students_failing", path=path, created_at=timezone.now()
        )
    teaching_team.remove_from_team(school.course.teacher, member)
    assert list(Notice.objects.values_list("path", flat=True)) == [f"/courses/{school.course.pk}9/", "/farm/"]


def test_nobody_is_told_by_atelier_itself_about_themselves_or_about_an_archived_course(school, charlie, staff, person):
    roster.enrol(None, school.course, username="charlie")
    roster.enrol(staff, school.course, username="staff", role="assistant")
    courses.change_course(school.course.teacher, school.course, archived=True)
    roster.enrol(school.course.teacher, school.course, username=person("dora").username)
    assert notified() == []


def test_somebody_who_cannot_sign_in_yet_is_not_told(school, charlie):
    charlie.set_unusable_password()
    charlie.save()
    roster.enrol(school.course.teacher, school.course, username="charlie")
    roster.enrol(school.course.teacher, school.course, username="new", create=True)
    assert notified() == []


def test_a_pasted_list_tells_the_new_people_with_the_statements_of_one(school, person, queries_of):
    def paste(names):
        lines = [RosterLine(number, name, None) for number, name in enumerate(["alice", *names], 1)]
        queries = queries_of(lambda: roster.enrol_all(school.course.teacher, school.course, lines))
        return [query for query in queries if "mail_" in query]

    one = paste([person("first").username])
    many = paste([person(f"s{number}").username for number in range(20)])
    assert len(many) == len(one) and len(notified()) == 21 and "alice" not in notified()


def test_a_list_that_is_refused_tells_nobody(school, charlie):
    with pytest.raises(roster.WrongLines):
        roster.enrol_all(
            school.course.teacher, school.course, [RosterLine(1, "charlie", None), RosterLine(2, "nobody", None)]
        )
    assert notified() == []


def test_a_person_can_choose_never_or_daily(school, charlie, person):
    dora = person("dora")
    choices.choose(charlie.pk, {"courses.added": "never"})
    choices.choose(dora.pk, {"courses.added": "daily"})
    for name in ("charlie", "dora"):
        roster.enrol(school.course.teacher, school.course, username=name)
    assert notified() == [] and Notice.objects.get().person == dora


# --- the choices on the account page
def names_for(person):
    sections = choice_context(type(person).objects.get(pk=person.pk))["notice_sections"]
    return [row.name for section in sections for row in section.rows if row.name.startswith("courses.")]


def test_students_and_teachers_are_offered_the_kinds_that_can_reach_them(school, charlie, queries_of):
    roster.enrol(None, school.course, username="charlie", role=Enrolment.Role.ASSISTANT)
    for_students = ["extension", "deadline_moved", "deadline_tomorrow", "repository_failing"]
    for_teams = ["students_failing", "work_zip", "weekly_summary"]
    for_teachers = ["students_failing", "request_waiting", "work_zip", "weekly_summary"]
    assert names_for(school.alice.person) == [f"courses.{name}" for name in ["added", *for_students]]
    assert names_for(school.course.teacher) == [f"courses.{name}" for name in ["added", *for_teachers]]
    assert names_for(charlie) == [f"courses.{name}" for name in ["added", *for_students, *for_teams]]
    assert len(queries_of(lambda: names_for(charlie))) <= 5
    Enrolment.objects.filter(person=charlie).update(role=Enrolment.Role.TEACHER)  # with a teacher's account until now
    assert names_for(charlie) == [f"courses.{name}" for name in ["added", *for_students, *for_teachers]]


def test_each_kind_has_a_title_a_section_and_a_default():
    defaults = {kind.name: kind.default for kind in kinds.all_kinds() if kind.name.startswith("courses.")}
    assert defaults == {
        "courses.added": "at-once",
        "courses.extension": "at-once",
        "courses.deadline_moved": "at-once",
        "courses.deadline_tomorrow": "at-once",
        "courses.repository_failing": "at-once",
        "courses.students_failing": "daily",
        "courses.request_waiting": "daily",
        "courses.work_zip": "at-once",
        "courses.weekly_summary": "daily",
    }
