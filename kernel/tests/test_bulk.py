"""Bulk inserts keep every value unchanged; batches keep every item."""

import pytest
from django.contrib.contenttypes.models import ContentType

from kernel.database import bulk

TEXTS = ["plain", "it's", 'say "no"', "100 %s", "back\\slash", "é", "🦀", "line\nline", "", "/*?*/"]


@pytest.mark.database
@pytest.mark.django_db
def test_inserted_texts_are_stored_unchanged():
    bulk.insert(ContentType, ("app_label", "model"), (("odd", text) for text in TEXTS))
    stored = ContentType.objects.filter(app_label="odd").order_by("pk")
    assert list(stored.values_list("model", flat=True)) == TEXTS


@pytest.mark.database
@pytest.mark.django_db
def test_many_rows_need_several_statements_and_no_rows_need_none():
    bulk.insert(ContentType, ("app_label", "model"), [("many", f"{number:06}" + "x" * 90) for number in range(3000)])
    bulk.insert(ContentType, ("app_label", "model"), [])
    assert ContentType.objects.filter(app_label="many").values("model").distinct().count() == 3000


@pytest.mark.parametrize("number", [1, 2, 3, 7, 8])
def test_batches_keep_every_item_in_order(number):
    batches = list(bulk.batched(iter(range(7)), number))
    assert [item for batch in batches for item in batch] == list(range(7))
    assert [len(batch) for batch in batches[:-1]] == [number] * (len(batches) - 1)
    assert list(bulk.batched([], number)) == []


@pytest.mark.database
@pytest.mark.django_db
@pytest.mark.parametrize("text", TEXTS)
def test_one_inserted_row_is_the_row_that_create_makes(text):
    key = bulk.insert_row(ContentType, app_label="one", model=text)
    assert ContentType.objects.get(pk=key).model == text
    assert ContentType.objects.create(app_label="two", model=text).pk == key + 1


@pytest.mark.database
@pytest.mark.django_db
def test_inserted_objects_are_the_rows_that_create_makes():
    one, two, three = (ContentType(app_label="one", model=text) for text in TEXTS[:3])
    bulk.insert_objects([one])
    bulk.insert_objects([two, three])
    bulk.insert_objects([])
    assert ContentType.objects.get(pk=one.pk).model == TEXTS[0]
    assert set(ContentType.objects.filter(app_label="one").values_list("model", flat=True)) == set(TEXTS[:3])
    one.model = "changed"
    one.save(force_update=True)
    assert ContentType.objects.get(pk=one.pk).model == "changed"


def test_a_value_that_the_model_does_not_have_is_refused():
    with pytest.raises(TypeError, match="ContentType has no colour"):
        bulk.insert_row(ContentType, app_label="one", model="x", colour="red")


@pytest.mark.database
@pytest.mark.django_db
def test_a_row_is_inserted_only_while_another_one_is_found():
    found = "django_content_type WHERE app_label = %s AND model = %s"
    copied = ("app_label", "model")
    assert bulk.insert_row_while(ContentType, found, ["one", "two"], copied=copied, model="y") is None
    bulk.insert_row(ContentType, app_label="one", model="two")
    for text in TEXTS:
        key = bulk.insert_row_while(ContentType, found, ["one", "two"], copied=copied, model=text)
        assert ContentType.objects.get(pk=key).model == text
    assert ContentType.objects.filter(app_label="two").count() == len(TEXTS)
