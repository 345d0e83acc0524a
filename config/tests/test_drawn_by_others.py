"""Pages that Django, DRF and Swagger UI render, and the error pages: our colours, our content security policy."""

import pytest
from rest_framework_simplejwt.tokens import AccessToken

from kernel.testing.browser import DISPLAY_VARIANTS, assert_accessible, assert_good, assert_good_turned, visit
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
@pytest.mark.parametrize("variant", DISPLAY_VARIANTS)
def test_pages_rendered_by_libraries_have_no_problems_are_accessible_and_fit(variant, browser_page, staff, subtests):
    page = browser_page(staff, **variant)
    for path, status in PAGES.items():
        with subtests.test(path=path):
            assert visit(page, path.format(staff=staff.pk)).status == status
            if path == "/api/v1/docs/":
                page.locator(".opblock").last.wait_for()  # Swagger UI renders the page with scripts
            page.get_by_role("main").wait_for()
            assert_good_turned(page, status=status)


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_the_403_page_has_no_problems(open_page):
    page = open_page("/admin/login/", make_person("ines"), width=390, theme="dark")
    assert_good(page, status=403)


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_the_browsable_api_sends_a_body_and_shows_the_answer_on_the_same_page(open_page, alice):
    page = open_page("/api/v1/token/verify/", alice)
    token = AccessToken.for_user(alice)
    token["session"] = alice.session_claim
    page.locator("textarea[name=_content]").fill(f'{{"token": "{token}"}}')
    page.get_by_role("button", name="Send").click()
    page.get_by_text("200 OK").wait_for()
    assert page.locator("main").count() == 1
    assert_accessible(page)
