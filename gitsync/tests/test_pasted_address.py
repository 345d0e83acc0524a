"""What people paste as the address of a repository, and the https address that is meant."""

import pytest

from gitsync.rules.pasted_address import repository_address, suggestion
from gitsync.rules.repository_url import parse

GITHUB = "https://github.com/you/project"


@pytest.mark.parametrize(
    ("text", "address"),
    [
        (GITHUB, GITHUB),
        (f"  {GITHUB}.git ", f"{GITHUB}.git"),
        (f"<{GITHUB}>", GITHUB),
        (f"git clone {GITHUB}.git", f"{GITHUB}.git"),
        (f"$ git clone --depth 1 -b main {GITHUB}.git folder", f"{GITHUB}.git"),
        ("git clone git@github.com:you/project.git", f"{GITHUB}.git"),
        ("git@github.com:you/project.git", f"{GITHUB}.git"),
        ("git@gitlab.school.example:course/2026/you.git", "https://gitlab.school.example/course/2026/you.git"),
        ("ssh://git@github.com:22/you/project.git", f"{GITHUB}.git"),
        ("ssh://git@bitbucket.school.example:7999/a/b.git", "https://bitbucket.school.example/a/b.git"),
        ("git://github.com/you/project.git", f"{GITHUB}.git"),
        ("https://you@bitbucket.org/you/project.git", "https://bitbucket.org/you/project.git"),
        ("you@bitbucket.org/you/project.git", "https://bitbucket.org/you/project.git"),
        ("github.com/you/project", GITHUB),
        ("school@dev.azure.com/school/Java/_git/you", "https://dev.azure.com/school/Java/_git/you"),
        ("git.school:3000/you/project", "http://git.school:3000/you/project"),
        ("http://git.school:3000/you/project", "http://git.school:3000/you/project"),
    ],
)
def test_a_pasted_text_becomes_the_address(settings, text, address):
    settings.GIT_LOCAL_SERVERS = frozenset({"git.school:3000"})
    assert repository_address(text) == address
    parse(address)


@pytest.mark.parametrize(
    "text",
    ["", "git", "git clone", "you/project", "file:///etc/passwd", "ext::sh -c id", "--upload-pack=x", "https://["],
)
def test_a_text_that_names_no_repository_stays_as_it_is(text):
    assert repository_address(text) == text


@pytest.mark.parametrize(
    ("refused", "address"),
    [
        ("https://you:token@github.com/you/project", GITHUB),
        ("http://github.com/you/project", GITHUB),
        (f"{GITHUB}?tab=readme-ov-file#start", GITHUB),
        (f"{GITHUB}/tree/main?x=1", GITHUB),
        ("https://gitlab.com/a/b/c/-/blob/main/x.py#L3", "https://gitlab.com/a/b/c"),
        ("https://127.0.0.1/a/b", ""),
        ("file:///etc/passwd", ""),
        ("x", ""),
    ],
)
def test_a_refused_address_is_corrected_where_the_right_one_is_clear(refused, address):
    assert suggestion(refused) == address
