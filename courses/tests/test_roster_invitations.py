"""The invitations of the people of a course: from a file, one by one, and to all who have not come yet."""

import pytest
from django.utils import timezone

from accounts.domain import invitations
from accounts.models import AuditEvent, OneTimeLink, User
from courses import tasks
from courses.domain import roster, roster_imports, roster_plan
from courses.rules.planned_lines import mark_of
from courses.tests.roster_files import imported
from kernel.testing.threads import run_at_once
from mail.models import Mail

pytestmark = pytest.mark.django_db
LIST = "Nom;Courriel;Groupe\nAma Roy;ama@school.example;A1\nZoé Roy;;A1\n;alice@school.example;A2\n"


def sent():
    """Return the invitations, without the notices that somebody is in the course."""
    return Mail.objects.filter(kind="accounts.invitation")


@pytest.fixture
def page(school):
    return f"/courses/{school.course.pk}/roster/invitations/"


@pytest.fixture
def came(alice, bob):
    """Alice and Bob have signed in before."""
    User.objects.filter(pk__in=[alice.pk, bob.pk]).update(last_login=timezone.now())


def apply(course, invite):
    row = imported(course, LIST)
    roster_imports.start(row, mark=mark_of(roster_plan.plan_import(row)), invite=invite)
    tasks.apply_roster_import(row.pk)


def waiting(client, page):
    return [(row.person.username, str(row.state)) for row in client.get(page).context["shown"].waiting]


def test_new_accounts_with_an_address_are_invited_once_and_nobody_else(school):
    apply(school.course, True)
    apply(school.course, True)
    mail = sent().get()
    assert (mail.person.username, mail.subject) == ("ama", "Structures: your invitation")
    assert "Teacher Martin put you in Structures." in mail.text


def test_nobody_is_invited_without_the_tick(school):
    apply(school.course, False)
    assert not sent().exists()


def test_the_preview_offers_invitations(school, client_of):
    client, address = client_of(school.course.teacher), f"/courses/{school.course.pk}/roster/import/"
    preview = client.post(address, {"people": LIST}).url
    assert 'name="invite"' in client.get(preview).content.decode()


def test_the_page_lists_who_has_not_come_and_invites_them(school, client_of, came, page):
    apply(school.course, False)
    client = client_of(school.course.teacher)
    assert waiting(client, page) == [("ama", "never-sent"), ("zoe.roy", "never-sent")]
    text = client.get(page).content.decode()
    assert "2 signed in, 2 not yet" in text and "Send 1 invitation" in text
    assert "no e-mail address: staff can add one" in text
    assert "Structures: your invitation" in text and "Hello Ama," in text and "/in/" in text
    assert "1 invitation is on its way." in client.post(page, follow=True).content.decode()
    assert waiting(client, page) == [("zoe.roy", "never-sent"), ("ama", "sent")]
    assert "0 invitations are on their way." in client.post(page, follow=True).content.decode()
    assert sent().count() == 1


def test_a_mail_that_was_not_delivered_shows_the_answer_of_the_server(school, client_of, came, page):
    apply(school.course, True)
    sent().update(dead_at=timezone.now(), last_error="550 5.1.1 <ama@school.example>: no such user")
    client = client_of(school.course.teacher)
    assert ("ama", "bounced") in waiting(client, page)
    text = client.get(page).content.decode()
    assert "Mail not delivered" in text and "550 5.1.1 &lt;ama@school.example&gt;: no such user" in text


@pytest.mark.django_db(transaction=True)
def test_all_are_invited_once_when_the_button_is_pressed_twice_at_once(school, client_of, came, page):
    apply(school.course, False)
    clients = [client_of(school.course.teacher) for _number in range(4)]
    run_at_once(lambda number: clients[number].post(page), 4)
    assert sent().count() == AuditEvent.objects.filter(verb="accounts.invite").count() == 1


@pytest.mark.parametrize("has_server", [False, True])
def test_the_page_says_when_no_invitation_leaves_the_machine(school, client_of, page, settings, has_server):
    settings.EMAIL_BACKEND = f"django.core.mail.backends.{'smtp' if has_server else 'console'}.EmailBackend"
    apply(school.course, True)
    text = client_of(school.course.teacher).get(page).content.decode()
    assert ("No mail server is set up" in text) != has_server


def test_one_person_is_invited_again(school, client_of, came, page):
    apply(school.course, True)
    client = client_of(school.course.teacher)
    first = sent().get()
    ama = school.course.enrolments.get(person__username="ama")
    assert (
        "ama@school.example will be sent now" in client.post(page, {"enrolment": ama.pk}, follow=True).content.decode()
    )
    assert sent().get().pk != first.pk
    alice = school.alice.pk
    assert "has a password already" in client.post(page, {"enrolment": alice}, follow=True).content.decode()
    assert client.post(page, {"enrolment": 999999}).status_code == 404
    assert client.post(page, {"enrolment": "9" * 60}).status_code == 404


def test_the_empty_page_says_why(school, client_of, came, page):
    assert "Everybody in the course has signed in" in client_of(school.course.teacher).get(page).content.decode()


def test_only_who_may_change_the_course_invites(school, client_of, alice, charlie, person, staff, page):
    helper = person("helper")
    roster.enrol(None, school.course, username="helper", role="assistant")
    other = person("other", kind="teacher")
    for stranger, status in ((alice, 403), (charlie, 404), (helper, 403), (other, 404)):
        assert client_of(stranger).get(page).status_code == client_of(stranger).post(page).status_code == status
    assert client_of(staff).get(page).status_code == 200


def test_a_teacher_invites_nobody_with_more_rights(school, client_of, came, person, staff, page):
    powerful = person("boss", is_staff=True)
    powerful.set_unusable_password()
    powerful.save()
    enrolment = roster.enrol(None, school.course, username="boss", notify=False)
    invitations.invite(staff, powerful)
    link = OneTimeLink.objects.get()
    for inviter in (school.course.teacher, person("clerk", kind="teacher", is_staff=True)):
        client = client_of(inviter)
        assert "Invite" not in client.get(page).content.decode().partition("Boss Martin")[2].partition("</li>")[0]
        answer = client.post(page, {"enrolment": enrolment.pk}, follow=True).content.decode()
        assert "only a superuser may invite them" in answer
        invited = Mail.objects.filter(kind="accounts.invitation")
        invited.update(dead_at=timezone.now())  # then "invite all" would send another one
        client.post(page)
        assert OneTimeLink.objects.get() == link and not OneTimeLink.objects.exclude(ended_as="").exists()
        assert invited.count() == 1
    client_of(staff).post(page, {"enrolment": enrolment.pk})
    assert OneTimeLink.objects.count() == 2


def test_the_page_needs_the_same_queries_for_any_number_of_people(school, client_of, page, assert_flat):
    client = client_of(school.course.teacher)

    def grow():
        for number in range(20):
            roster.enrol(None, school.course, username=f"n{number}", create=True)

    assert_flat(lambda: client.get(page), grow, limit=12)


def test_the_preview_offers_invitations_only_when_accounts_are_made(school, client_of):
    client, address = client_of(school.course.teacher), f"/courses/{school.course.pk}/roster/import/"
    preview = client.post(address, {"people": "alice@school.example;A2\n"}).url
    page = client.get(preview).content.decode()
    assert 'name="do" value="apply"' in page and 'name="invite"' not in page


def test_staff_print_the_codes_of_all_who_have_not_come_and_teachers_do_not(school, client_of, staff, came, page):
    apply(school.course, False)
    assert client_of(school.course.teacher).get(page).context["names_for_codes"] == []
    client = client_of(staff)
    answer = client.get(page)
    names = answer.context["names_for_codes"]
    assert "ama" in names and names == [row.person.username for row in answer.context["shown"].waiting]
    assert f"Print {len(names)} one-time code" in answer.content.decode()
    codes = client.post("/people/codes/", {"names": " ".join(names)}).context["codes"]
    assert [code.person.username for code in codes] == names


def test_somebody_with_a_password_needs_no_invitation(school, client_of, page):
    client = client_of(school.course.teacher)
    assert waiting(client, page) == [("alice", "has-password"), ("bob", "has-password")]
    text = client.get(page).content.decode()
    assert "Not needed, has a password" in text and "The mail they get" not in text
    client.post(page)
    assert not sent().exists()
