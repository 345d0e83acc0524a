"""An open timeline fetches the machine's row after a change, not the whole timeline."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from farm.domain import machines
from farm.tests.browser.driver import bar_of
from kernel.testing.browser import visit_live
from live.publish import changed_rows, publish

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def fetched(page):
    """Return the list that collects the answers of the timeline from now on."""
    answers = []
    page.on("response", lambda answer: "/farm/?" in answer.url and answers.append(answer))
    return answers


def remember(page, selector):
    page.evaluate("selector => { window.remembered = document.querySelector(selector) }", selector)


def is_still_there(page):
    return page.evaluate("window.remembered.isConnected")


def test_a_change_fetches_only_the_row_of_its_machine(timeline, gpu_machine, other_machine, book, alice, bob, when):
    page = timeline(alice)
    page.wait_for_timeout(1500)
    whole = len(page.request.get(page.url, headers={"HX-Request": "true"}).body())
    remember(page, f"#machine-{other_machine.pk}")
    answers = fetched(page)

    reservation = book(bob, (1, 9), (1, 18), 4)

    expect(bar_of(page, reservation)).to_be_visible()
    assert [answer.status for answer in answers] == [200]
    assert f"&machine={gpu_machine.pk}&" in answers[0].url
    assert len(answers[0].body()) < whole / 2
    assert is_still_there(page)


def test_the_counts_of_the_farm_and_of_the_group_follow(timeline, gpu_machine, other_machine, alice):
    page = timeline(alice)
    expect(page.locator("#timeline-now")).to_contain_text("16 of 16")
    remember(page, f"#machine-{other_machine.pk}")

    now = timezone.now()
    machines.close(actor=None, machine_id=gpu_machine.pk, start=now, end=now + timedelta(hours=1))

    expect(page.locator("#timeline-now")).to_contain_text("8 of 16")
    expect(page.locator(".at-tl-set")).to_contain_text("8 of 16")
    expect(page.locator(f"#machine-{gpu_machine.pk} .at-free")).to_contain_text("closed")
    assert is_still_there(page)


def test_a_new_machine_appears_and_a_renamed_one_is_shown(timeline, gpu_machine, alice):
    page = timeline(alice)
    added = machines.add_machine(actor=None, name="dgx-09", gpu_model="A100 80 GB", gpu_count=8, memory_gb=512)
    expect(page.locator(f"#machine-{added.pk}")).to_be_visible()

    machines.change_machine(actor=None, machine_id=gpu_machine.pk, name="dgx-77")
    expect(page.locator(f"#machine-{gpu_machine.pk}")).to_contain_text("dgx-77")


def test_many_changes_cost_one_fetch_a_second(timeline, gpu_machine, alice):
    page = timeline(alice)
    page.wait_for_timeout(1500)
    answers = fetched(page)
    for _ in range(20):
        publish(changed_rows("farm", [gpu_machine.pk]))
        page.wait_for_timeout(100)
    page.wait_for_timeout(1500)

    assert 2 <= len(answers) <= 5


def test_a_row_is_fetched_under_the_reader_s_filters(browser_page, gpu_machine, other_machine, alice):
    page = browser_page(alice)
    visit_live(page, "/farm/?free=8", "farm-timeline")
    expect(page.locator("tr[id^=machine-]")).to_have_count(2)
    now = timezone.now()

    machines.close(actor=None, machine_id=gpu_machine.pk, start=now, end=now + timedelta(hours=1))

    expect(page.locator("tr[id^=machine-]")).to_have_count(1)


def test_a_fragment_that_has_not_changed_is_not_sent_again(timeline, gpu_machine, alice):
    page = timeline(alice)
    publish("farm")
    page.wait_for_timeout(2000)
    remember(page, "#farm-timeline")
    answers = fetched(page)

    publish("farm")
    page.wait_for_timeout(2000)

    assert [answer.status for answer in answers] == [304]
    assert is_still_there(page)
