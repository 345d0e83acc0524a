"""A course's words and zone on its page; put away, found again, taken out again."""

from django.urls import reverse

from courses.models import Course


def page(name, course):
    return reverse(name, args=[course.pk])


def test_its_title_and_zone_are_changed_and_its_deadlines_stay_the_moments_they_are(school, client_of):
    client, where = client_of(school.course.teacher), page("course-settings", school.course)
    assert 'value="Structures"' in client.get(where).content.decode()
    due = school.first.deadline
    assert client.post(where, {"title": "Data", "zone": "America/Toronto"}).status_code == 302
    course = Course.objects.get()
    assert (course.title, course.zone) == ("Data", "America/Toronto")
    school.first.refresh_from_db()
    assert school.first.deadline == due
    assert "America/Toronto" in client.get(page("course-tasks", course)).content.decode()


def test_a_title_that_is_missing_and_a_zone_that_is_none_are_named(school, client_of):
    answer = client_of(school.course.teacher).post(page("course-settings", school.course), {"title": "", "zone": "x"})
    assert answer.status_code == 422
    assert set(answer.context["form"].errors) == {"title", "zone"}


def test_a_zone_that_the_page_does_not_offer_stays(school, client_of):
    Course.objects.update(zone="Etc/GMT+3")
    where = page("course-settings", school.course)
    assert client_of(school.course.teacher).post(where, {"title": "S", "zone": "Etc/GMT+3"}).status_code == 302
    assert Course.objects.get().zone == "Etc/GMT+3"


def test_a_course_is_put_away_found_among_those_and_taken_out_again(school, client_of):
    teacher, student = client_of(school.course.teacher), client_of(school.alice.person)
    courses, home = reverse("courses"), page("course-matrix", school.course)
    assert "Courses put away" not in teacher.get(courses).content.decode()
    answer = teacher.post(page("course-archive", school.course), follow=True)
    assert "is put away" in answer.content.decode()
    assert "Courses put away" in answer.content.decode()
    assert home not in answer.content.decode()
    assert page("course-matrix", school.course) not in student.get(courses).content.decode()
    away = teacher.get(courses, {"away": "1"}).content.decode()
    assert home in away
    assert "away=1&amp;page=1" in away, "a live change fetches this list"
    for name in ("course-matrix", "course-tasks", "course-roster"):
        assert "Take it out again" in teacher.get(page(name, school.course)).content.decode()
    assert teacher.post(page("course-archive", school.course), {"archived": "0"})["Location"] == home
    assert home in teacher.get(courses).content.decode()
    assert "No course is put away" in teacher.get(courses, {"away": "1"}).content.decode()


def test_only_who_may_change_it_puts_it_away(school, client_of):
    assert client_of(school.alice.person).post(page("course-archive", school.course)).status_code == 403
    assert Course.objects.get().archived_at is None
