"""The Id and the Path of the wire specification: what is accepted, cleaned and refused."""

import unicodedata
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel import ids
from kernel.errors import Malformed
from kernel.ids import clean_id, clean_path, clean_teacher_id, is_under, path_parts


@pytest.mark.parametrize("value", ["a", "Bob.2_x-", "0", "...", "x" * 255])
def test_a_valid_id_is_returned_unchanged(value):
    assert clean_id(value, "studentId") == value


@pytest.mark.parametrize(
    "value", ["", ".", "..", "a b", "a/b", "é", "a\n", "x" * 256, None, True, 1.5, 1e300, ["a"], "a\0"]
)
def test_an_invalid_id_is_refused_and_its_field_named(value):
    with pytest.raises(Malformed) as refused:
        clean_id(value, "studentId")
    assert (refused.value.code, refused.value.field, refused.value.status) == ("bad_id", "studentId", 400)


@pytest.mark.parametrize(("value", "text"), [(1234500, "1234500"), (0, "0"), (-1, "-1"), (1234500.0, "1234500")])
def test_a_whole_number_becomes_the_id_of_its_digits(value, text):
    assert clean_id(value, "studentId") == text


def test_a_teacher_id_is_put_into_lower_case():
    assert clean_teacher_id("Nadia.BENALI") == "nadia.benali"


@pytest.mark.parametrize(
    ("value", "path"),
    [
        ("/", "/"),
        ("", "/"),
        ("tp1", "/tp1"),
        ("/tp1/", "/tp1"),
        ("//tp1///ex 1", "/tp1/ex 1"),
        ("/TP é", "/TP é"),
        ("/e\u0301", "/\u00e9"),
        ("/...", "/..."),
    ],
)
def test_a_path_is_cleaned(value, path):
    assert clean_path(value, "exercisePath") == path


@pytest.mark.parametrize(
    "value", ["/..", "/a/../b", "/.", "/a\0b", "/\ud800", "/" + "x" * 256, "/" + "é" * 128, "/a" * 501, None, 3]
)
def test_an_invalid_path_is_refused_and_its_field_named(value):
    with pytest.raises(Malformed) as refused:
        clean_path(value, "exercisePath")
    assert (refused.value.code, refused.value.field) == ("bad_path", "exercisePath")


@pytest.mark.parametrize(
    ("path", "prefix", "under"),
    [
        ("/tp1", "/tp1", True),
        ("/tp1/ex1", "/tp1", True),
        ("/tp10", "/tp1", False),
        ("/tp1", "/tp1/ex1", False),
        ("/anything", "/", True),
    ],
)
def test_is_under_compares_whole_parts(path, prefix, under):
    assert is_under(path, prefix) is under


@given(st.text(max_size=60))
def test_cleaning_a_clean_path_changes_nothing(text):
    try:
        path = clean_path(text, "p")
    except Malformed:
        return
    assert clean_path(path, "p") == path
    assert path == "/" + "/".join(path_parts(path))
    assert unicodedata.is_normalized("NFC", path)
    assert is_under(path, "/")


def test_a_path_is_refused_for_its_length_before_it_is_normalized(monkeypatch):
    sizes = []
    normalize = unicodedata.normalize

    def measured(form, text):
        sizes.append(len(text))
        return normalize(form, text)

    monkeypatch.setattr(ids, "unicodedata", SimpleNamespace(normalize=measured))
    with pytest.raises(Malformed):
        clean_path("/" + "a\u0301\u0327" * 300_000, "exercisePath")
    assert sizes == []
    clean_path("/a", "exercisePath")
    assert sizes == [2]
    monkeypatch.undo()
    longest = "/".join(["é" * 100] * 9)
    assert clean_path(unicodedata.normalize("NFD", longest), "exercisePath") == f"/{longest}"
