"""Changes of one topic are gathered without growing."""

import pytest

from live.changed_topics import ChangedTopics
from live.models import MAX_ROWS, Change
from live.publish import changed_rows, publish


def test_the_rows_of_a_topic_are_named_together():
    changed = ChangedTopics([("farm", "12"), ("person:7", ""), ("farm", "3,12")])

    assert str(changed) == "farm#3,12 person:7"


def test_a_change_of_the_whole_topic_counts_for_all_its_rows():
    for changes in ([("farm", "12"), ("farm", "")], [("farm", ""), ("farm", "12")]):
        assert str(ChangedTopics(changes)) == "farm"


def test_many_rows_are_the_whole_topic():
    assert str(ChangedTopics(("farm", str(pk)) for pk in range(MAX_ROWS))).count(",") == MAX_ROWS - 1
    assert str(ChangedTopics(("farm", str(pk)) for pk in range(MAX_ROWS + 1))) == "farm"


@pytest.mark.django_db
def test_a_published_change_names_its_rows():
    publish(changed_rows("farm", [15, 12]), "person:7")

    assert list(Change.objects.order_by("pk").values_list("topic", "rows")) == [("farm", "12,15"), ("person:7", "")]


@pytest.mark.django_db
def test_too_many_rows_and_a_topic_beside_its_rows_are_published_as_the_whole_topic():
    publish(changed_rows("farm", range(MAX_ROWS + 1)), changed_rows("course:3", [4]), "course:3")

    assert list(Change.objects.order_by("pk").values_list("topic", "rows")) == [("farm", ""), ("course:3", "")]


@pytest.mark.django_db
def test_the_longest_ids_fit_into_the_column():
    publish(changed_rows("farm", range(10**18, 10**18 + MAX_ROWS)))

    change = Change.objects.get()
    change.full_clean()
    assert change.rows.count(",") == MAX_ROWS - 1
