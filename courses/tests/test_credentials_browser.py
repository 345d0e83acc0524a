"""The pages of credentials in Chromium: they fit, are accessible and work with and without scripts."""

import os
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from courses.git.git_module import wire_ids
from courses.tests.repository_rows import give, store
from gitsync.domain import credentials
from gitsync.models import Credential, Registration, Repository
from kernel.testing.browser import DISPLAY_VARIANTS, assert_good_turned, visit

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def kept(school, settings):
    """A token and a key of the course, a token of the server, and two private repositories."""
    settings.GIT_SCHEMES = frozenset({"https", "ssh"})
    teacher, course = school.course.teacher, wire_ids(school.course)
    host = "gitlab.school.example"
    today = timezone.localdate()
    token = credentials.save_token(teacher, course, host=host, token="glpat-1", expires_on=today, path_prefixes=["sys"])
    key = credentials.make_deploy_key(teacher, course, host=host)
    credentials.save_token(teacher, None, host=host, token="glpat-2", courses=[course])
    now = timezone.now()
    values = {"last_error": "credential_scope", "last_error_detail": "read_repository is missing", "last_error_at": now}
    Credential.objects.filter(pk=token.pk).update(tested_at=now, **values)
    give(school.alice)
    Repository.objects.update(public=False)
    give(school.bob)
    store("bob", status="failing", reason="no_access", dirty=False)
    for registration in Registration.objects.all():
        credentials.make_deploy_key(None, registration)
    return {"token": token.pk, "key": key.pk}


@pytest.mark.parametrize("variant", DISPLAY_VARIANTS)
def test_the_pages_have_no_problems_are_accessible_and_fit(variant, school, kept, staff, browser_page):
    course, page_of = f"/courses/{school.course.pk}", "{}/students/{}/repository/?at=/depot"
    for name, person, path in (
        ("course", school.course.teacher, f"{course}/credentials/"),
        ("token", school.course.teacher, f"{course}/credentials/{kept['token']}/"),
        ("key", school.course.teacher, f"{course}/credentials/{kept['key']}/"),
        ("hosts", staff, "/repositories/credentials/"),
        ("hidden", school.alice.person, page_of.format(course, "alice")),
        ("private", school.bob.person, page_of.format(course, "bob")),
    ):
        page = browser_page(person, **variant)
        visit(page, path)
        if folder := os.environ.get("PICTURES"):
            file = "-".join(str(value) for value in ("credentials", name, *variant.values()))
            page.screenshot(path=str(Path(folder) / f"{file}.png"), full_page=True)
        assert_good_turned(page)
        page.context.close()


def test_the_answer_of_a_test_appears_by_itself(school, kept, browser_page):
    page = browser_page(school.course.teacher)
    visit(page, f"/courses/{school.course.pk}/credentials/")
    page.get_by_role("button", name="Test access").first.click()
    expect(page.get_by_text("Being tested")).to_be_visible()
    Credential.objects.filter(pk=kept["token"]).update(tested_at=timezone.now(), last_error="", last_error_at=None)
    expect(page.get_by_text("Being tested")).to_have_count(0)
    expect(page.get_by_text("Works")).to_be_visible()
