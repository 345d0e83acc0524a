"""The page of all repositories for staff: its list, its filters, and its buttons."""

import pytest
from django.utils import timezone

from accounts.models import AuditEvent
from gitsync.models import Delivery, LocalCopy
from gitsync.tests import builders

pytestmark = pytest.mark.django_db
PAGE = "/repositories/"


@pytest.fixture
def copies():
    """Three repositories: `bob` is read, `eve` fails, `ann` is paused."""
    for student, status, reason in (("bob", "ok", ""), ("eve", "failing", "timeout"), ("ann", "paused", "")):
        registration = builders.registration(f"https://git.example/{student}/work.git", student)
        LocalCopy.objects.filter(repository=registration.repository_id).update(
            status=status, reason=reason, dirty=False, last_good_at=timezone.now()
        )
    return {
        copy.repository.registrations.get().student.student_id: copy
        for copy in LocalCopy.objects.select_related("repository")
    }


def listed(response):
    return [row.reading.address.split("/")[3] for row in response.context["rows"]]


def test_the_most_urgent_come_first_with_their_reasons_and_students(client_of, staff, copies):
    Delivery.objects.create(repository=copies["bob"].repository, received_at=1, delivery_hash="x", forge="gitea")
    response = client_of(staff).get(PAGE)
    assert listed(response) == ["eve", "ann", "bob"]
    text = response.content.decode()
    assert "The server takes too long." in text and "ada/H2027/StruDon" in text and "never" in text
    assert [(state.key, count) for state, count in response.context["counts"]] == [
        ("failing", 1),
        ("paused", 1),
        ("ok", 1),
    ]


@pytest.mark.parametrize(
    ("query", "students"),
    [
        ("state=failing", ["eve"]),
        ("state=odd", ["eve", "ann", "bob"]),
        ("q=ann", ["ann"]),
        ("q=git.example+bob", ["bob"]),
        ("q=nobody", []),
        ("page=99", ["eve", "ann", "bob"]),
    ],
)
def test_the_filters_choose_by_state_address_and_student(client_of, staff, copies, query, students):
    assert listed(client_of(staff).get(f"{PAGE}?{query}")) == students


def test_the_buttons_read_pause_and_resume(client_of, staff, copies):
    client = client_of(staff)
    eve, ann, bob = (copies[name].repository_id for name in ("eve", "ann", "bob"))
    client.post(PAGE, {"read": eve})
    client.post(PAGE, {"resume": "chosen", "repository": [ann, bob]})
    client.post(f"{PAGE}?q=bob", {"pause": "chosen", "all": "1"})
    states = {copy.repository_id: (copy.status, copy.dirty) for copy in LocalCopy.objects.all()}
    assert states == {eve: ("failing", True), ann: ("ok", True), bob: ("paused", False)}
    events = AuditEvent.objects.filter(verb__startswith="gitsync.").order_by("pk").values_list("verb", "subject")
    assert list(events) == [
        ("gitsync.sync_now", f"repository:{eve}"),
        ("gitsync.resume", f"repository:{ann}"),
        ("gitsync.pause", f"repository:{bob}"),
    ]
    answer = client.post(PAGE, {"other": "1"}, follow=True).content.decode()
    assert "Nothing was changed" in answer


def test_nobody_but_staff_opens_the_page(client_of, teacher, alice, copies):
    for person in (teacher, alice):
        client = client_of(person)
        assert client.get(PAGE).status_code == client.get(f"{PAGE}_list/").status_code == 403
        assert client.post(PAGE, {"pause": copies["bob"].repository_id}).status_code == 403
        assert client.get("/repositories.csv").status_code == 403
    assert LocalCopy.objects.filter(status="paused").count() == 1


def test_the_file_has_the_rows_of_the_filters(client_of, staff, copies):
    lines = b"".join(client_of(staff).get("/repositories.csv?state=failing")).decode().strip().splitlines()
    assert len(lines) == 2 and "eve (ada/H2027/StruDon)" in lines[1]
    assert AuditEvent.objects.get(verb="gitsync.export").after["filters"] == {"state": "failing"}


def test_the_page_takes_the_same_queries_for_three_repositories_and_sixty(client_of, staff, copies, assert_flat):
    client = client_of(staff)

    def grow():
        for number in range(57):
            builders.registration(f"https://git.example/s{number}/work.git", f"s{number}")

    assert_flat(lambda: client.get(PAGE), grow, limit=10)
