"""The first steps on the home page: who sees which, when each is done, leaving one, and naming the school."""

import pytest

from accounts.models import AuditEvent
from config.first_steps import card, staff, student
from config.first_steps import teacher as teacher_module
from config.models import LeftStep, School
from courses.domain import course_tasks, courses, roster, teaching_team
from courses.models import StudentRepository, Task
from farm.models import Machine
from gitsync.models import CourseKey, Delivery, LocalCopy, Registration, Repository, StudentKey

pytestmark = [pytest.mark.django_db, pytest.mark.database]


def done(steps):
    return {step.name for step in steps.steps if step.is_done} if steps else None


def home(client):
    return client.get("/").content.decode()


@pytest.fixture
def admin(person):
    """The staff member of an empty installation, who is no teacher."""
    return person("admin", is_staff=True, is_superuser=True)


@pytest.fixture
def mail_server(settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"


def test_each_step_of_staff_knows_when_it_is_done(admin, person, settings):
    settings.EMAIL_BACKEND = "mail.file_backend.EmailBackend"
    assert done(staff.steps_of(admin)) == set()
    School.objects.create(pk=1, name="School")
    assert done(staff.steps_of(admin)) == {"staff.school"}
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    assert done(staff.steps_of(admin)) == {"staff.school", "staff.mail"}
    second = person("second", is_staff=True)
    assert "staff.sign_in" in done(staff.steps_of(admin))
    second.set_unusable_password()
    second.save()
    assert "staff.sign_in" not in done(staff.steps_of(admin)), "without a password nobody signs in"
    person("nadia", kind="teacher")
    assert "staff.teacher" in done(staff.steps_of(admin))
    Machine.objects.create(name="a", gpu_count=1, memory_gb=1)
    assert "staff.machine" in done(staff.steps_of(admin))


def test_the_card_is_gone_when_all_is_done_and_others_never_see_it(admin, client_of, person, alice, mail_server):
    assert "First steps of this installation" in home(client_of(admin))
    assert "First steps" not in home(client_of(alice))
    School.objects.create(pk=1, name="School")
    person("second", is_staff=True)
    person("nadia", kind="teacher")
    Machine.objects.create(name="a", gpu_count=1, memory_gb=1)
    assert "First steps" not in home(client_of(admin))


def test_each_step_of_a_teacher_knows_when_it_is_done(teacher, alice):
    assert done(teacher_module.steps_of(teacher)) == set()
    course = courses.create_course(teacher, teacher, semester_id="A2026", course_id="C", title="C")
    assert done(teacher_module.steps_of(teacher)) == {"teacher.course"}
    roster.enrol(teacher, course, username="alice", role="assistant")
    assert done(teacher_module.steps_of(teacher)) == {"teacher.course"}, "an assistant is no student"
    roster.enrol(teacher, course, username="alice", role="student")
    course_tasks.add_task(teacher, course, path="/a", title="A", asks_for=Task.Asks.REPOSITORY)
    assert done(teacher_module.steps_of(teacher)) == {"teacher.course", "teacher.roster"}
    course_tasks.add_task(teacher, course, path="/b", title="B", asks_for=Task.Asks.TICK)
    assert teacher_module.steps_of(teacher) is None, "all are done"


def test_the_steps_of_a_teacher_lead_to_their_latest_course(teacher, client_of):
    page = home(client_of(teacher))
    assert "/courses/new/" in page and "/roster/import/" not in page
    course = courses.create_course(teacher, teacher, semester_id="A2026", course_id="C", title="C")
    page = home(client_of(teacher))
    assert f"/courses/{course.pk}/roster/import/" in page and f"/courses/{course.pk}/tasks/new/" in page


def test_a_co_teacher_without_a_course_of_their_own_has_the_steps_of_the_course_that_they_co_teach(
    teacher, alice, person, client_of, django_assert_max_num_queries
):
    nadia = person("nadia", kind="teacher")
    course = courses.create_course(teacher, teacher, semester_id="A2026", course_id="C", title="C")
    teaching_team.add_to_team(None, course, username="nadia", role="assistant")
    assert len(teacher_module.steps_of(nadia).steps) == 3, "an assistant has not made a course yet"
    teaching_team.add_to_team(None, course, username="nadia", role="teacher")
    with django_assert_max_num_queries(2):
        steps = teacher_module.steps_of(nadia)
    assert [step.name for step in steps.steps] == ["teacher.roster", "teacher.exercise"] and done(steps) == set()
    page = home(client_of(nadia))
    assert f"/courses/{course.pk}/roster/import/" in page and "Your first steps" in page
    assert client_of(nadia).get(steps.steps[0].href).status_code == 200
    roster.enrol(teacher, course, username="alice")
    assert done(teacher_module.steps_of(nadia)) == {"teacher.roster"}
    course_tasks.add_task(teacher, course, path="/a", title="A", asks_for=Task.Asks.TICK)
    assert teacher_module.steps_of(nadia) is None
    courses.create_course(nadia, nadia, semester_id="A2026", course_id="Own", title="Own")
    assert done(teacher_module.steps_of(nadia)) == {"teacher.course"}, "the course of their own is empty"


def test_each_step_of_a_student_knows_when_it_is_done(teacher, alice, client_of):
    course = courses.create_course(teacher, teacher, semester_id="A2026", course_id="C", title="C")
    enrolment = roster.enrol(teacher, course, username="alice")
    assert student.steps_of(alice) is None, "the course asks for no repository"
    course_tasks.add_task(teacher, course, path="/depot", title="Depot", asks_for=Task.Asks.REPOSITORY)
    assert done(student.steps_of(alice)) == set()
    assert "Your first steps" in home(client_of(alice))
    StudentRepository.objects.create(
        enrolment=enrolment, repo_path="/depot", repo_path_hash="x", url="https://a.example/b", since=course.created_at
    )
    assert done(student.steps_of(alice)) == {"student.repository"}
    key = CourseKey.objects.create(teacher_id="teacher", semester_id="A2026", course_id="C2")
    repository = Repository.objects.create(host="forge.example", path="/a", path_hash="a")
    name, _new = StudentKey.objects.get_or_create(student_id="alice")
    Registration.objects.create(
        course=key, student=name, repo_path="/", repo_path_hash="x", repo_url="x", repository=repository
    )
    LocalCopy.objects.create(repository=repository)
    Delivery.objects.create(repository=repository, delivery_hash="x", received_at=0, forge="github")
    assert done(student.steps_of(alice)) == {"student.repository", "student.hook"}
    assert "Your first steps" not in home(client_of(alice))


def test_a_step_is_left_for_later_and_taken_up_again(admin, client_of, settings):
    settings.EMAIL_BACKEND = "mail.file_backend.EmailBackend"
    client = client_of(admin)
    for _ in range(2):
        assert client.post("/first-steps/staff.mail/leave/")["Location"] == "/"
    page = home(client)
    assert "1 step left for later" in page and "/first-steps/staff.mail/take-up/" in page
    assert "/first-steps/staff.mail/leave/" not in page
    client.post("/first-steps/staff.mail/take-up/")
    assert not LeftStep.objects.exists() and "left for later" not in home(client)


def test_all_steps_left_for_later_stay_on_the_home_page(admin, client_of, settings):
    settings.EMAIL_BACKEND = "mail.file_backend.EmailBackend"
    client = client_of(admin)
    for name in card.STEP_NAMES[:5]:
        client.post(f"/first-steps/{name}/leave/")
    assert "5 steps left for later" in home(client)


def test_every_name_of_a_step_is_known(admin, teacher, alice, client_of):
    steps = [*staff.steps_of(admin).steps, *teacher_module.steps_of(teacher).steps]
    assert [step.name for step in steps] == list(card.STEP_NAMES[:8])
    assert client_of(admin).post("/first-steps/no.such/leave/").status_code == 404
    client_of(admin).get("/first-steps/staff.mail/leave/")
    assert not LeftStep.objects.exists(), "only a button leaves a step"


def test_staff_name_the_school_and_it_appears_on_the_home_page(admin, alice, client_of, settings):
    client = client_of(admin)
    assert settings.TIME_ZONE in client.get("/school/").content.decode()
    answer = client.post("/school/", {"name": "Collège <Ada> =1+1"}, follow=True)
    assert "The school is called Collège &lt;Ada&gt; =1+1." in answer.content.decode()
    assert "<bdi>Collège &lt;Ada&gt; =1+1</bdi>" in home(client_of(alice))
    client.post("/school/", {"name": "Collège <Ada> =1+1"})
    event = AuditEvent.objects.get(verb="config.name_school")
    assert (event.actor, event.subject, event.after) == (admin, "school:1", {"name": "Collège <Ada> =1+1"})


@pytest.mark.parametrize("name", ["", " ", "a\u202eb", "x" * 121])
def test_a_name_that_cannot_be_is_refused_at_its_field(admin, client_of, name):
    answer = client_of(admin).post("/school/", {"name": name})
    assert answer.status_code == 422 and "at-field-bad" in answer.content.decode()
    assert not School.objects.exists()


def test_the_card_needs_few_queries(admin, teacher, django_assert_max_num_queries):
    for load, person, most in ((staff.steps_of, admin, 2), (teacher_module.steps_of, teacher, 2)):
        with django_assert_max_num_queries(most):
            load(person)
