"""A repository that not everybody can read waits for the teacher: on the pages and over the API."""

import pytest
from django.urls import reverse

from accounts.models import AuditEvent
from courses.domain import roster, student_repositories, teams
from courses.models import Enrolment, StudentRepository
from gitsync.models import LocalCopy, Registration
from kernel.database.text_hash import text_hash
from kernel.errors import NotAllowed

URL = "http://git.school.example:8080/bob/strudon"


@pytest.fixture(autouse=True)
def school_s_own_forge(settings):
    settings.GIT_LOCAL_SERVERS = frozenset({"git.school.example:8080"})


@pytest.fixture
def give(school):
    def of(enrolment=school.alice, url=URL):
        return student_repositories.give_repository(enrolment.person, enrolment, repo_path="/depot", url=url)

    return of


@pytest.fixture
def confirm_page(school):
    return reverse("course-repositories-confirm", args=[school.course.pk])


def api_page(school, path="unconfirmed"):
    return f"/api/v1/courses/{school.course.pk}/repositories/{path}"


# --- the student's pages ----------------------------------------------------------------------------------------------
def test_the_student_s_page_says_why_nothing_is_shown(school, give, client_of):
    give()
    LocalCopy.objects.update(status="failing", reason="not_found")
    client = client_of(school.alice.person)
    page_url = f"/courses/{school.course.pk}/students/alice/"
    for address in (f"{page_url}repository/?at=/depot", f"{page_url}repository/_check/?at=/depot"):
        page = client.get(address).content.decode()
        assert "Waits for the teacher’s confirmation" in page
        assert "your teacher first confirms that the repository is yours" in " ".join(page.split())
        assert "Being read now" not in page
    for address in (page_url, "/"):
        page = client.get(address).content.decode()
        assert "Waits for the teacher’s confirmation" in page
        assert "Blocked" not in page and "Give your repository for" not in page


def test_a_repository_that_was_registered_over_the_wire_waits_on_the_page_too(school, give, client_of):
    give()
    StudentRepository.objects.all().delete()
    page = client_of(school.alice.person).get(f"/courses/{school.course.pk}/students/alice/").content.decode()
    assert "Waits for the teacher’s confirmation" in page
    assert "No repository given" not in page


def test_moving_a_student_to_another_group_confirms_nothing(school, give):
    give()
    roster.enrol(school.course.teacher, school.course, username="alice", group_id="A2")
    assert Registration.objects.get().hidden


# --- the teacher's page -----------------------------------------------------------------------------------------------
def test_the_teacher_sees_that_repositories_wait_and_who_else_gave_them(school, give, client_of, confirm_page):
    client = client_of(school.course.teacher)
    assert "No repository waits for you" in client.get(confirm_page).content.decode()
    give()
    give(school.bob)
    for address in ("/", reverse("course-matrix", args=[school.course.pk])):
        text = client.get(address).content.decode()
        assert "2 repositories to confirm" in text and f'href="{confirm_page}"' in text
    page = " ".join(client.get(confirm_page).content.decode().split())
    assert "Confirm all 2" in page
    assert URL in page
    assert "also given by Alice Martin" in page and "also given by Bob Martin" in page
    student_page = client.get(f"/courses/{school.course.pk}/students/alice/").content.decode()
    assert confirm_page in student_page


def test_an_assistant_has_no_link_to_the_page_that_only_teachers_open(school, give, client_of, confirm_page, charlie):
    give()
    Enrolment.objects.create(course=school.course, person=charlie, role=Enrolment.Role.ASSISTANT)
    client = client_of(charlie)
    assert client.get(confirm_page).status_code == 403
    for address in ("/", reverse("course-matrix", args=[school.course.pk])):
        text = client.get(address).content.decode()
        assert school.course.title in text and confirm_page not in text and "to confirm" not in text


def test_the_teacher_sees_which_one_takes_the_place_of_another(school, give, client_of, confirm_page):
    client = client_of(school.course.teacher)
    give(school.bob)
    assert "after another was removed" not in client.get(confirm_page).content.decode()
    give()
    give(url=f"{URL}-2")
    assert client.get(confirm_page).content.decode().count("after another was removed") == 1


def test_the_teacher_confirms_one_and_then_all(school, give, client_of, confirm_page):
    give()
    give(school.bob)
    client = client_of(school.course.teacher)
    bobs = Registration.objects.get(student__student_id="bob")

    page = client.post(confirm_page, {"registration": bobs.pk}, follow=True).content.decode()

    assert "1 repository is confirmed" in page
    assert Registration.objects.waiting().get().student.student_id == "alice"
    rest = Registration.objects.waiting().values_list("pk", flat=True)
    client.post(confirm_page, {"registration": [bobs.pk, *rest]})
    assert not Registration.objects.waiting().exists()
    events = AuditEvent.objects.filter(verb="gitsync.confirm_registration")
    assert [event.actor_name for event in events] == ["teacher", "teacher"]


@pytest.mark.parametrize("values", [{}, {"registration": "x"}, {"registration": "9" * 30}, {"registration": "1"}])
def test_a_stale_or_wrong_key_confirms_nothing(school, give, client_of, confirm_page, values):
    give()
    stale = Registration.objects.get().pk
    give(url=f"{URL}-other")
    response = client_of(school.course.teacher).post(confirm_page, values | {"registration": stale}, follow=True)
    assert "Nothing was confirmed" in response.content.decode()
    assert Registration.objects.get().hidden


def test_a_teacher_confirms_only_in_their_own_course(school, give, person, client_of, api_of, confirm_page):
    give()
    other = person("other", kind="teacher")
    for stranger in (other, school.alice.person, school.bob.person):
        with pytest.raises(NotAllowed):
            student_repositories.confirm_repositories(stranger, school.course)
        assert client_of(stranger).post(confirm_page, {"registration": Registration.objects.get().pk}).status_code > 400
        assert api_of(stranger).post(api_page(school), {}).status_code > 400
    assert Registration.objects.get().hidden


def test_the_api_lists_and_confirms(school, give, api_of):
    give()
    give(school.bob)
    teacher, alice = api_of(school.course.teacher), api_of(school.alice.person)
    assert [row["unconfirmed"] for row in alice.get(api_page(school, "")).json()["results"]] == [True]
    first, second = teacher.get(api_page(school)).json()
    assert (first["username"], first["url"], first["also_given_by"]) == ("alice", URL, ["bob"])

    assert teacher.post(api_page(school), {"ids": [second["id"]]}).json() == {"confirmed": 1}
    assert teacher.post(api_page(school), {"ids": ["x"]}).status_code == 400
    assert teacher.post(api_page(school), {}).json() == {"confirmed": 1}
    assert teacher.get(api_page(school)).json() == []
    assert [row["unconfirmed"] for row in alice.get(api_page(school, "")).json()["results"]] == [False]


def test_the_confirmed_repository_is_read_and_its_work_counts(school, give, client_of):
    give()
    student_repositories.confirm_repositories(school.course.teacher, school.course)
    assert LocalCopy.objects.get().dirty
    page = client_of(school.alice.person).get(f"/courses/{school.course.pk}/students/alice/").content.decode()
    assert "Clone in progress" in page


# --- students who work together ---------------------------------------------------------------------------------------
def test_two_students_of_one_repository_become_its_team_in_one_step(school, give, confirm_page, client):
    give(), give(school.bob)
    client.force_login(school.course.teacher)
    page = client.get(confirm_page).content.decode()
    assert page.count('name="together"') == 2
    key = Registration.objects.get(student__student_id="bob").pk

    seen = {"together": key, "sharer": ["alice"]}
    answer = client.post(confirm_page, seen, follow=True).content.decode()

    assert "is a team now" in answer
    team = school.course.teams.get()
    assert set(team.members.values_list("pk", flat=True)) == {school.alice.pk, school.bob.pk}
    assert [row.url for row in team.repositories.all()] == [Registration.objects.first().repo_url]
    assert not Registration.objects.waiting().exists()
    again = client.post(confirm_page, seen, follow=True).content.decode()
    assert "Nothing was confirmed" in again
    assert school.course.teams.count() == 1


def test_a_student_who_gave_the_repository_after_the_teacher_looked_is_not_in_the_team(
    school, charlie, give, confirm_page, client
):
    give(), give(school.bob)
    client.force_login(school.course.teacher)
    page = client.get(confirm_page).content.decode()
    give(roster.enrol(None, school.course, username="charlie"))
    key = Registration.objects.get(student__student_id="bob").pk
    assert page.count('name="sharer" value="alice"') == 1

    client.post(confirm_page, {"together": key, "sharer": ["alice"]})

    assert set(school.course.teams.get().members.values_list("pk", flat=True)) == {school.alice.pk, school.bob.pk}
    assert Registration.objects.waiting().get().student.student_id == "charlie"


def test_a_team_of_which_a_student_gave_another_repository_meanwhile_is_not_confirmed(
    school, give, confirm_page, client
):
    give(), give(school.bob)
    client.force_login(school.course.teacher)
    key = Registration.objects.get(student__student_id="bob").pk
    seen = {"together": key, "sharer": ["alice", "charlie"]}
    assert "Nothing was confirmed" in client.post(confirm_page, seen, follow=True).content.decode()
    assert not school.course.teams.exists()


def test_who_only_named_the_repository_of_another_is_not_proposed_for_their_team(school, give, client_of):
    give(), give(school.bob)
    page, teacher = f"/courses/{school.course.pk}/teams/", client_of(school.course.teacher)
    Registration.objects.filter(student__student_id="alice").update(confirmed=True)
    assert "Make them a team" not in teacher.get(page).content.decode()
    Registration.objects.update(confirmed=True)
    assert "Make them a team" in teacher.get(page).content.decode()


def test_one_student_alone_is_not_offered_as_a_team(school, give, confirm_page, client):
    give()
    client.force_login(school.course.teacher)
    assert 'name="together"' not in client.get(confirm_page).content.decode()
    answer = client.post(confirm_page, {"together": Registration.objects.get().pk}, follow=True).content.decode()
    assert "two students or more" in answer
    assert Registration.objects.waiting().count() == 1


def test_a_student_whose_team_has_another_repository_is_not_moved_by_the_step(school, give, confirm_page, client):
    give(), give(school.bob)
    team = teams.create_team(None, school.course, title="Team 1", members=[school.bob.pk])
    team.repositories.create(repo_path="/depot", repo_path_hash=text_hash("/depot"), url="https://git.example/o.git")
    client.force_login(school.course.teacher)
    client.post(confirm_page, {"together": Registration.objects.first().pk, "sharer": ["bob"]})
    assert Registration.objects.waiting().count() == 2
    assert set(team.members.values_list("pk", flat=True)) == {school.bob.pk}
