"""The first page of the administration: its order, its words, and what fails and waits."""

import re

import pytest
from django.contrib import admin
from django.contrib.auth.models import Permission
from django.utils import timezone, translation

from gitsync.models import LocalCopy, OutboxEvent, Repository
from mail.models import Mail

pytestmark = pytest.mark.django_db
DJANGO_WORDS = ("Designates whether", "Models in the", "superuser status", "Axes", "AXES")


def headings(text):
    return [re.sub(r"\s+", " ", caption).strip() for caption in re.findall(r"<caption>(.*?)</caption>", text, re.S)]


def test_it_begins_with_people_then_what_fails_and_waits_and_ends_with_technical_tables(client_of, staff):
    text = client_of(staff).get("/admin/").content.decode()
    expected = ["People", "What fails", "What waits", "Farm", "Courses", "Technical tables"]
    assert headings(text)[-6:] == expected
    assert not any(word in text for word in DJANGO_WORDS)


def test_every_table_is_in_one_section(client_of, staff):
    text = client_of(staff).get("/admin/").content.decode().partition('id="content-main"')[2]
    for model in admin.site._registry:
        address = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
        assert len(re.findall(rf'<th scope="row" id="[^"]*">\s*<a href="{address}"', text)) == 1, address


def test_no_name_stands_twice_and_each_list_has_the_name_of_its_link(client_of, staff):
    client = client_of(staff)
    tables = client.get("/admin/").content.decode().partition("<caption>Farm")[2]
    names = re.findall(r'<a href="(/admin/[a-z]+/[a-z]+/)"[^>]*>\s*([^<]+?)\s*</a>\s*</th>', tables)
    assert len({name for _address, name in names}) == len(names) > 20
    for address in ("/admin/courses/studentrepository/", "/admin/gitsync/localcopy/"):
        assert f"<h1>{dict(names)[address]}</h1>" in client.get(address).content.decode()
    assert "/admin/farm/allocation/" in tables.partition("<caption>Technical tables")[2]


@pytest.mark.parametrize("path", ["mail/mail/", "gitsync/outboxevent/"])
def test_the_filters_of_what_was_given_up_say_yes_and_no(client_of, staff, path):
    client = client_of(staff)
    text = client.get(f"/admin/{path}").content.decode()
    assert ">Yes</a>" in text and ">No</a>" in text and "mpty</a>" not in text
    text = client.get(f"/admin/{path}?dead_at__isempty=1&_facets=True").content.decode()
    assert ">Yes (0)</a>" in text and ">No (0)</a>" in text


def test_the_filter_of_repositories_says_the_reason_in_words(client_of, staff):
    repository = Repository.objects.create(host="forge.example", path="/a", path_hash="a")
    LocalCopy.objects.create(repository=repository, status="failing", reason="not_found")
    client = client_of(staff)
    text = client.get("/admin/gitsync/localcopy/?reason=not_found").content.decode()
    assert "There is no repository at this address." in text and ">not_found<" not in text and "/a</a>" in text
    assert "/a</a>" not in client.get("/admin/gitsync/localcopy/?reason=timeout").content.decode()


def test_what_fails_leads_to_its_list(client_of, staff):
    repository = Repository.objects.create(host="forge.example", path="/a", path_hash="a")
    LocalCopy.objects.create(repository=repository, status="failing")
    now = timezone.now()
    OutboxEvent.objects.create(target="local", kind="x", body={}, next_attempt_at=now, dead_at=now)
    text = client_of(staff).get("/admin/").content.decode()
    assert "<strong>1 repository cannot be read.</strong>" in text
    assert "/repositories/?state=failing" in text
    assert "dead_at__isempty=0" in text


def test_staff_with_few_rights_see_their_tables_alone(client_of, person):
    clerk = person("clerk", is_staff=True)
    text = client_of(clerk).get("/admin/").content.decode()
    assert "You may not open any of these tables." in text and headings(text) == []
    clerk.user_permissions.add(Permission.objects.get(codename="view_machine"))
    text = client_of(clerk).get("/admin/").content.decode()
    assert headings(text)[-3:] == ["Farm", "What fails", "What waits"]


def test_the_page_of_one_app_has_only_its_tables(client_of, staff):
    text = client_of(staff).get("/admin/farm/").content.decode()
    assert "What fails" not in text and "/admin/farm/machine/" in text


def test_the_fields_of_a_person_are_explained_in_plain_words(client_of, staff, alice):
    text = client_of(staff).get(f"/admin/accounts/user/{alice.pk}/change/").content.decode()
    assert "Account open" in text and "on the page of the person" in text
    assert not any(word in text for word in DJANGO_WORDS)


def test_the_page_needs_the_same_number_of_queries_whatever_fails(client_of, staff, assert_flat):
    client = client_of(staff)

    def fail():
        for number in range(20):
            repository = Repository.objects.create(host="forge.example", path=f"/{number}", path_hash=f"{number}")
            LocalCopy.objects.create(repository=repository, status="failing", dirty=True, dirty_at=timezone.now())

    assert_flat(lambda: client.get("/admin/"), fail, limit=18)


def test_every_table_has_a_french_name():
    with translation.override("fr"):
        names = {str(model._meta.verbose_name_plural) for model in admin.site._registry}
    assert not {name for name in names if name in ("users", "people", "audit events")}


def test_a_list_is_called_like_its_objects_and_mails_by_their_kinds(client_of, staff, alice):
    client, now = client_of(staff), timezone.now()
    assert "<h1>People</h1>" in client.get("/admin/accounts/user/").content.decode()
    texts = {
        "key": "k",
        "message_id": "<k@school.example>",
        "subject": "About",
        "text": "Text",
        "address": "a@b.example",
    }
    Mail.objects.create(person=alice, kind="farm.displaced", created_at=now, next_attempt_at=now, **texts)
    text = client.get("/admin/mail/mail/?kind=farm.displaced").content.decode()
    assert "About" in text
    assert ">farm.displaced<" not in text
    assert "About" not in client.get("/admin/mail/mail/?kind=farm.changed").content.decode()
