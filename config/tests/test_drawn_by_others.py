"""The pages that Django, DRF and Swagger UI draw, and the error pages: in our colours and under our policy."""

import pytest
from rest_framework_simplejwt.tokens import AccessToken

from config.tests.test_every_page import LOOKS
from kernel.testing.browser import assert_accessible, assert_fits, assert_quiet
from kernel.testing.people import make_person

PAGES = {
    "/admin/": 200,
    "/admin/accounts/user/": 200,
    "/admin/accounts/user/add/": 200,
    "/admin/accounts/user/{staff}/change/": 200,
    "/admin/accounts/auditevent/": 200,
    "/api/v1/docs/": 200,
    "/api/v1/token/": 405,
    "/no/such/page": 404,
}


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("path", "status"), PAGES.items())
def test_a_page_drawn_by_others_is_quiet_accessible_and_fits(path, status, browser_page, staff):
    for look in LOOKS:
        page = browser_page(staff, **look)
        answer = page.goto(path.format(staff=staff.pk))
        assert answer.status == status
        page.wait_for_load_state("networkidle")
        page.get_by_role("main").wait_for()  # Swagger UI draws its own
        assert_quiet(page, status=status)
        assert_accessible(page)
        assert_fits(page)
        page.context.close()


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_what_is_not_open_to_you_looks_like_the_rest(open_page):
    page = open_page("/admin/login/", make_person("ines"), width=390, theme="dark")
    assert_quiet(page, status=403)
    assert_accessible(page)
    assert_fits(page)


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_the_browsable_api_sends_a_body_and_shows_the_answer_in_place(open_page, alice):
    page = open_page("/api/v1/token/verify/", alice)
    token = AccessToken.for_user(alice)
    token["session"] = alice.session_claim
    page.locator("textarea[name=_content]").fill(f'{{"token": "{token}"}}')
    page.get_by_role("button", name="Send").click()
    page.get_by_text("200 OK").wait_for()
    assert page.locator("main").count() == 1
    assert_accessible(page)
