"""Rows go in as they are, in any number; slices lose nothing."""

import pytest
from django.contrib.contenttypes.models import ContentType

from kernel.database import bulk

ODD = ["plain", "it's", 'say "no"', "100 %s", "back\\slash", "é", "🦀", "line\nline", "", "/*?*/"]


@pytest.mark.django_db
def test_rows_arrive_as_they_are():
    bulk.insert(ContentType, ("app_label", "model"), (("odd", text) for text in ODD))
    found = ContentType.objects.filter(app_label="odd").order_by("pk")
    assert list(found.values_list("model", flat=True)) == ODD


@pytest.mark.django_db
def test_more_rows_than_one_statement_takes_and_none():
    bulk.insert(ContentType, ("app_label", "model"), [("many", f"{number:06}" + "x" * 90) for number in range(3000)])
    bulk.insert(ContentType, ("app_label", "model"), [])
    assert ContentType.objects.filter(app_label="many").values("model").distinct().count() == 3000


@pytest.mark.parametrize("number", [1, 2, 3, 7, 8])
def test_slices_hold_everything_in_order(number):
    slices = list(bulk.sliced(iter(range(7)), number))
    assert [one for some in slices for one in some] == list(range(7))
    assert [len(some) for some in slices[:-1]] == [number] * (len(slices) - 1)
    assert list(bulk.sliced([], number)) == []
