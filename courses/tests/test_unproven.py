"""Work whose date is not verified, on the pages and in the API, with each setting of the course."""

from datetime import timedelta

import pytest

from courses.models import Course, Progress
from courses.tests.conftest import DEADLINE, REPOSITORY_URL, commit

pytestmark = pytest.mark.django_db
DUE = int(DEADLINE.timestamp())
EXERCISE = "/tp1/exercice1"


@pytest.fixture(autouse=True)
def after_the_deadline(clock):
    clock.move_to(DEADLINE + timedelta(hours=5))


@pytest.fixture
def unproven(school, send_event):
    """Alice's work is dated an hour before the deadline and was first seen an hour after it."""
    send_event("OnClone", repoUrl=REPOSITORY_URL.format("alice"), repoPath="/depot")
    done = commit("a" * 40, DEADLINE - timedelta(hours=1), (EXERCISE, 5), completes=EXERCISE, lateTime=DUE - 3600)
    send_event("OnNewCommits", repoPath="/depot", commits=[done])
    send_event("OnExerciseCompleted", exercisePath=EXERCISE, lateTime=DUE - 3600, provenTime=DUE + 3600)


def pages(school):
    course = f"/courses/{school.course.pk}/"
    return [course, f"{course}tasks/{school.first.pk}/", f"{course}students/alice/"]


def text_of(client, address):
    return " ".join(client.get(address).content.decode().split())


def test_an_event_keeps_when_the_work_was_first_seen(school, unproven, send_event):
    progress = Progress.objects.get()
    assert (progress.completed_time, progress.proven_time) == (DUE - 3600, DUE + 3600)
    send_event("OnExerciseCompletedUpdate", exercisePath=EXERCISE, exerciseCompleted="True", lateTime=DUE - 3600)
    assert Progress.objects.get().proven_time is None  # proven since


def test_matrix_task_and_student_pages_say_that_the_date_is_not_verified(school, unproven, client_of):
    teacher = client_of(school.course.teacher)
    for address in pages(school):
        page = text_of(teacher, address)
        assert "On time, date not verified" in page, address
        assert "Late, date not verified" not in page.replace("Late, date not verified</option>", "")
    assert "1 with a date not verified" in text_of(teacher, pages(school)[0])
    assert "but Atelier first saw it after the deadline" in text_of(teacher, pages(school)[2])
    assert "yes, not verified" in text_of(teacher, pages(school)[1])
    settings = f"/courses/{school.course.pk}/settings/"
    assert f'href="{settings}#id_unproven_counts_as"' in text_of(teacher, pages(school)[2])
    assert 'id="id_unproven_counts_as"' in text_of(teacher, settings)


def test_the_student_sees_that_the_date_is_not_verified(school, unproven, client_of):
    page = text_of(client_of(school.alice.person), pages(school)[2])
    assert "On time, date not verified" in page
    assert "first seen after the deadline" in page


def test_the_course_may_count_unverified_work_as_late(school, unproven, client_of):
    teacher = client_of(school.course.teacher)
    address = f"/courses/{school.course.pk}/settings/"
    assert "Work whose date is not verified counts as" in text_of(teacher, address)
    teacher.post(address, {"title": "S", "zone": "", "unproven_counts_as": "late"})
    assert Course.objects.get().unproven_is_late
    for page in pages(school):
        assert "Late, date not verified" in text_of(teacher, page), page
    assert "Done after the deadline" in text_of(teacher, pages(school)[1])


@pytest.mark.parametrize(
    ("counts_as", "state", "in_time"), [("on-time", "unproven", True), ("late", "unproven-late", False)]
)
def test_the_api_has_the_state_and_the_setting(school, unproven, api_of, counts_as, state, in_time):
    api, course = api_of(school.course.teacher), f"/api/v1/courses/{school.course.pk}"
    assert api.patch(course, {"unproven_counts_as": counts_as}).json()["unproven_counts_as"] == counts_as
    (cell, _other) = api.get(f"{course}/matrix").json()["rows"][0]["cells"]
    assert cell["state"] == state
    (row,) = api.get(f"{course}/tasks/{school.first.pk}/summaries?username=alice").json()["results"]
    assert (row["state"], row["completed"], row["completed_before"], row["unproven"]) == (state, True, in_time, True)
    late = api.get(f"{course}/tasks/{school.first.pk}/late").json()
    assert [row["username"] for row in late] == (["bob"] if in_time else ["alice", "bob"])
    (progress,) = api.get(f"{course}/progress?username=alice").json()["results"]
    assert progress["proven_time"] == DUE + 3600
    assert api.get(f"{course}/matrix?state={state}").json()["shown"] == 1


def test_an_extension_beyond_the_time_of_the_first_read_proves_it(school, unproven, client_of):
    school.first.deadline = DEADLINE + timedelta(hours=2)
    school.first.save()
    assert "Done on time" in text_of(client_of(school.course.teacher), pages(school)[0])
