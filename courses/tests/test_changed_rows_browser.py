"""An open matrix fetches the student's row after a change, not the whole table."""

import pytest
from playwright.sync_api import expect

from courses.domain import answers
from kernel.testing.browser import visit_live

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_an_answer_fetches_the_row_of_its_student_and_the_head_of_its_task(school, essay, browser_page):
    page = browser_page(school.course.teacher)
    visit_live(page, f"/courses/{school.course.pk}/", "matrix")
    page.wait_for_timeout(1500)
    fetched = []
    page.on("response", lambda answer: "_matrix/" in answer.url and fetched.append(answer))
    page.locator(f"#student-{school.alice.pk} a").first.focus()
    page.evaluate("selector => { window.row = document.querySelector(selector) }", f"#student-{school.alice.pk}")

    answers.give_answer(school.bob.person, school.bob, essay, text="Done")

    expect(page.locator(f"#c{school.bob.pk}-{essay.pk}")).to_have_class("at-cell at-late")
    expect(page.locator(f"#head-{essay.pk} small")).to_contain_text("1 of 2 done")
    assert [f"student={school.bob.pk}" in answer.url for answer in fetched] == [True]
    assert page.evaluate("window.row.isConnected")
    expect(page.locator(f"#student-{school.alice.pk} a").first).to_be_focused()

    answers.give_answer(school.alice.person, school.alice, essay, text="Done, too")

    expect(page.locator(f"#head-{essay.pk} small")).to_contain_text("2 of 2 done")
    expect(page.locator(f"#c{school.alice.pk}-{essay.pk}")).to_have_class("at-cell at-late")
    expect(page.locator(f"#student-{school.alice.pk} a").first).to_be_focused()
    assert len(fetched) == 2


def test_rows_whose_fetch_failed_are_fetched_although_the_next_rows_came(school, essay, browser_page):
    page = browser_page(school.course.teacher)
    visit_live(page, f"/courses/{school.course.pk}/", "matrix")
    page.wait_for_timeout(1500)
    failed = []

    def fail_once(route):
        if failed:
            route.continue_()
        else:
            failed.append(route.request.url)
            route.fulfill(status=503, body="")

    page.route(lambda address: "student=" in address, fail_once)
    answers.give_answer(school.bob.person, school.bob, essay, text="Done")
    expect(page.locator("#not-updated")).not_to_be_empty()
    answers.give_answer(school.alice.person, school.alice, essay, text="Done, too")
    expect(page.locator(f"#c{school.alice.pk}-{essay.pk}")).to_have_class("at-cell at-late")

    expect(page.locator(f"#c{school.bob.pk}-{essay.pk}")).to_have_class("at-cell at-late", timeout=10_000)
    expect(page.locator("#not-updated")).to_be_empty()
