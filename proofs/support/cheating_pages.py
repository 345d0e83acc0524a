"""Reads the pages about a student in Chromium, as the teacher and as the student, and takes pictures of them."""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from kernel.testing.browser import CHROMIUM, FLAGS, SETTLE
from proofs.support.cheating_class import PLACE, TEACHER, CheatingClass

LANGUAGES = ("en", "fr")
WIDTHS = {1280: 900, 390: 844}
# The widths, themes and languages of the pictures: every pair of them is there.
LOOKS = [(1280, "light", "en"), (1280, "dark", "fr"), (390, "light", "fr"), (390, "dark", "en")]


class CheatingPages:
    """The pages of the class, in Chromium. `folder` gets the pictures."""

    def __init__(self, school: CheatingClass, browser: Browser, folder: Path) -> None:
        self.school, self.browser, self.folder = school, browser, folder
        self.course = f"{school.url}/courses/{school.course.pk}/"

    @contextlib.contextmanager
    def page(self, person: str, width: int, theme: str, language: str) -> Iterator[Page]:
        """Yield an empty page of a browser in which this person is signed in."""
        context = self.browser.new_context(
            viewport={"width": width, "height": WIDTHS[width]},
            color_scheme="dark" if theme == "dark" else "light",
            reduced_motion="reduce",
            locale=language,
        )
        name, _equals, value = self.school.here.cookie(person).partition("=")
        context.add_cookies([{"name": name, "value": value, "url": self.school.url}])
        try:
            yield context.new_page()
        finally:
            context.close()

    def words_for_the_teacher(self, language: str, students: list[str]) -> dict[str, dict[str, list[str]]]:
        """Return what the teacher's pages say: the student -> the part of a page -> its texts."""
        words: dict[str, dict[str, list[str]]] = {student: {} for student in students}
        with self.page(TEACHER, 1280, "light", language) as page:
            page.goto(self.course)
            for student in students:
                cell = f"#c{self.school.enrolments[student].pk}-{self.school.task.pk}"
                words[student]["matrix"] = [page.locator(cell).get_attribute("aria-label") or ""]
            page.goto(f"{self.course}tasks/{self.school.task.pk}/")
            for student in students:
                rows = page.locator(f"#report tr:has(a[href*='/students/{student}/'])")
                words[student]["task"] = [squeezed(text) for text in rows.all_inner_texts()]
            for student in students:
                page.goto(f"{self.course}students/{student}/")
                words[student]["student, to check"] = texts(page, "#to-check li")
                words[student]["student, repository"] = texts(page, "#desk .at-stack > section:first-child li")
                words[student]["student, timeline"] = names(page, ".at-lanes svg[role=img]") + [
                    squeezed(text) for text in page.locator(".at-lanes .l-rewrite title").all_text_contents()
                ]
                words[student]["student, commits"] = texts(page, "#commits tbody tr")
        return words

    def words_for_the_student(self, language: str, student: str) -> dict[str, list[str]]:
        """Return what the student's own pages say: the part of a page -> its texts."""
        with self.page(student, 1280, "light", language) as page:
            page.goto(f"{self.course}students/{student}/")
            words = {
                "own page, task": texts(page, f"#task-{self.school.task.pk}"),
                "own page, commits": texts(page, "#commits tbody tr"),
            }
            page.goto(f"{self.course}students/{student}/repository/?at={PLACE}")
            words["own page, repository"] = texts(page, "[role=status] li")
        return words

    def take_pictures(self, name: str, address: str, person: str = TEACHER, looks: Any = LOOKS) -> None:
        """Save a picture of the whole page for each look: `<name>-<width>-<theme>-<language>.png`."""
        for width, theme, language in looks:
            with self.page(person, width, theme, language) as page:
                page.goto(self.course + address)
                page.evaluate(SETTLE)
                page.screenshot(path=self.folder / f"{name}-{width}-{theme}-{language}.png", full_page=True)


@contextlib.contextmanager
def pages_of(school: CheatingClass, folder: Path) -> Iterator[CheatingPages]:
    """Start Chromium, and yield the pages of the class."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        try:
            yield CheatingPages(school, browser, folder)
        finally:
            browser.close()


def texts(page: Page, selector: str) -> list[str]:
    return [squeezed(text) for text in page.locator(selector).all_inner_texts()]


def names(page: Page, selector: str) -> list[str]:
    """Return the accessible names of these elements."""
    elements = page.locator(selector).all()
    return [element.get_attribute("aria-label") or "" for element in elements]


def squeezed(text: str) -> str:
    """Return the text in one line."""
    return " ".join(text.split())
