"""The list of all repositories that staff search."""

import pytest

from gitsync.queries.staff_list import filtered_copies
from gitsync.tests import builders

pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.mark.parametrize("word", ["ALICE", "alice", "tp-ali", "TEAM/TP", "Git.Example"])
def test_a_search_ignores_letter_case_on_every_database(word):
    builders.registration("https://git.example.org/Team/tp-Alice.git", "Alice")
    builders.registration("https://other.example.net/x/y.git", "bob")
    assert [copy.repository.host for copy in filtered_copies(search=word)] == ["git.example.org"]


def test_several_words_are_all_found():
    builders.registration("https://git.example.org/Team/tp-Alice.git", "Alice")
    assert filtered_copies(search="team alice").count() == 1
    assert filtered_copies(search="team bob").count() == 0
