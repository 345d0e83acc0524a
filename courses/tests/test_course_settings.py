"""The settings page of a course, and how a course is archived and restored."""

from django.urls import reverse

from courses.models import Course


def page(name, course):
    return reverse(name, args=[course.pk])


def test_a_new_title_and_zone_leave_the_deadlines_at_the_same_moments(school, client_of):
    client, address = client_of(school.course.teacher), page("course-settings", school.course)
    assert 'value="Structures"' in client.get(address).content.decode()
    due = school.first.deadline
    assert client.post(address, {"title": "Data", "zone": "America/Toronto"}).status_code == 302
    course = Course.objects.get()
    assert (course.title, course.zone) == ("Data", "America/Toronto")
    school.first.refresh_from_db()
    assert school.first.deadline == due
    assert "America/Toronto" in client.get(page("course-tasks", course)).content.decode()


def test_a_missing_title_and_an_unknown_zone_are_errors_at_their_fields(school, client_of):
    response = client_of(school.course.teacher).post(page("course-settings", school.course), {"title": "", "zone": "x"})
    assert response.status_code == 422
    assert set(response.context["form"].errors) == {"title", "zone"}


def test_a_zone_outside_the_list_stays(school, client_of):
    Course.objects.update(zone="Etc/GMT+3")
    address = page("course-settings", school.course)
    assert client_of(school.course.teacher).post(address, {"title": "S", "zone": "Etc/GMT+3"}).status_code == 302
    assert Course.objects.get().zone == "Etc/GMT+3"


def test_with_a_zone_that_the_server_does_not_know_the_school_s_is_used_and_the_settings_say_so(school, client_of):
    Course.objects.update(zone="Mars/Olympus")
    client = client_of(school.course.teacher)
    assert "Europe/Paris" in client.get(page("course-tasks", school.course)).content.decode()
    settings_page = client.get(page("course-settings", school.course)).content.decode()
    assert "does not know the time zone “Mars/Olympus”" in settings_page


def test_an_archived_course_is_in_its_own_list_and_can_be_restored(school, client_of):
    teacher, student = client_of(school.course.teacher), client_of(school.alice.person)
    courses, home = reverse("courses"), page("course-matrix", school.course)
    assert "Archived courses" not in teacher.get(courses).content.decode()
    response = teacher.post(page("course-archive", school.course), follow=True)
    assert "is archived" in response.content.decode()
    assert "Archived courses" in response.content.decode()
    assert home not in response.content.decode()
    assert page("course-matrix", school.course) not in student.get(courses).content.decode()
    archived = teacher.get(courses, {"away": "1"}).content.decode()
    assert home in archived
    assert "away=1&amp;page=1" in archived, "after a change this list is fetched again"
    for name in ("course-matrix", "course-tasks", "course-roster"):
        assert "Restore the course" in teacher.get(page(name, school.course)).content.decode()
    assert teacher.post(page("course-archive", school.course), {"archived": "0"})["Location"] == home
    assert home in teacher.get(courses).content.decode()
    assert "No archived course" in teacher.get(courses, {"away": "1"}).content.decode()


def test_a_student_may_not_archive_a_course(school, client_of):
    assert client_of(school.alice.person).post(page("course-archive", school.course)).status_code == 403
    assert Course.objects.get().archived_at is None
