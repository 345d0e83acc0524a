"""The addresses that students paste in the form of their repository: accepted, or refused with the right one."""

import pytest

from courses.domain import student_repositories
from gitsync.models import Registration

URL = "https://git.example/alice/strudon.git"


@pytest.mark.parametrize(
    "text",
    [
        "git clone https://git.example/alice/strudon.git",
        "git@git.example:alice/strudon.git",
        "alice@git.example/alice/strudon.git",
        "git.example/alice/strudon.git",
    ],
)
def test_what_a_forge_offers_to_copy_is_accepted(school, text):
    assert (
        student_repositories.give_repository(school.alice.person, school.alice, repo_path="/depot", url=text).url == URL
    )
    assert Registration.objects.get().repo_url == URL


@pytest.mark.parametrize(
    ("text", "corrected"),
    [
        ("https://alice:secret@git.example/alice/strudon.git", URL),
        ("http://git.example/alice/strudon.git", URL),
        ("https://github.com/a/b/tree/main", "https://github.com/a/b"),
        ("https://github.com/a/b?tab=readme", "https://github.com/a/b"),
    ],
)
def test_a_refused_address_is_shown_corrected_and_no_password_is_repeated(school, client_of, text, corrected):
    page_url = f"/courses/{school.course.pk}/students/alice/repository/?at=/depot"
    response = client_of(school.alice.person).post(page_url, {"url": text})
    (error,) = response.context["form"].errors["url"]
    assert response.status_code == 422
    assert error.endswith(f": {corrected}")
    assert "secret" not in error
