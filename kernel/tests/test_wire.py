"""Bodies and fields of the wires are read leniently or refused with a reason, never with a 500."""

import json

import pytest
from django.test import RequestFactory
from hypothesis import given
from hypothesis import strategies as st

from kernel.errors import Malformed
from kernel.wire import TooLarge, parse_object, read_boolean, read_integer, read_object, read_text, storable


def test_null_values_are_absent_and_a_byte_order_mark_is_ignored():
    assert parse_object('\ufeff{"a": null, "b": "é"}'.encode()) == {"b": "é"}


@pytest.mark.parametrize(
    "raw", [b"", b"{", b"{'a': 1}", b'{"a": NaN}', b'{"a": Infinity}', b'{"a": [-1e999]}', b'"\xff"', b"[" * 100_000]
)
def test_invalid_json_is_refused(raw):
    with pytest.raises(Malformed) as refused:
        parse_object(raw)
    assert (refused.value.code, refused.value.status) == ("bad_json", 400)


@pytest.mark.parametrize("raw", [b"[]", b"1", b'"a"', b"null", b"true"])
def test_json_that_is_not_an_object_is_refused(raw):
    with pytest.raises(Malformed) as refused:
        parse_object(raw)
    assert refused.value.code == "not_an_object"


def test_a_body_over_the_limit_is_413_before_it_is_read(settings):
    settings.WIRE_BODY_LIMIT = 10
    request = RequestFactory().generic("POST", "/", b'{"a": "12345"}', content_type="text/plain")
    with pytest.raises(TooLarge) as refused:
        read_object(request)
    assert refused.value.status == 413
    assert not hasattr(request, "_body")


def test_a_body_of_any_content_type_is_read():
    request = RequestFactory().generic("POST", "/", b'{"a": 1}', content_type="application/x-www-form-urlencoded")
    assert read_object(request) == {"a": 1}


@pytest.mark.parametrize(("value", "number"), [(7, 7), ("1615215942", 1615215942), (" 3 ", 3), (2.0, 2), ("-1", -1)])
def test_a_whole_number_may_be_given_as_text(value, number):
    assert read_integer({"n": value}, "n") == number


@pytest.mark.parametrize(
    ("value", "number"), [("1.615215942E9", 1615215942), ("1.0E3", 1000), ("5.0", 5), ("-1.0", -1), ("1e+2", 100)]
)
def test_a_whole_number_may_be_given_as_java_writes_a_float(value, number):
    assert read_integer({"n": value}, "n") == number


@pytest.mark.parametrize(
    "value",
    [
        True,
        1.5,
        "1.5",
        "",
        "x",
        [],
        {},
        2**63,
        "9" * 30,
        1e300,
        "١x",
        "1.5E0",
        "1E99",
        "1E999999",
        "NaN",
        "1E-1",
        "0x1",
    ],
)
def test_a_value_that_is_no_whole_number_is_refused(value):
    with pytest.raises(Malformed):
        read_integer({"n": value}, "n")


@pytest.mark.parametrize(
    ("value", "boolean"), [(True, True), ("True", True), ("false", False), (0, False), ("1", True)]
)
def test_a_boolean_may_be_given_as_text(value, boolean):
    assert read_boolean({"b": value}, "b", default=False) is boolean


@pytest.mark.parametrize("value", ["yes", 2, 1.0, [], ""])
def test_a_value_that_is_no_boolean_is_refused(value):
    with pytest.raises(Malformed):
        read_boolean({"b": value}, "b", default=False)


def test_a_field_without_a_default_is_required():
    for read in (read_text, read_integer):
        with pytest.raises(Malformed) as refused:
            read({}, "semesterId")
        assert (refused.value.code, refused.value.field) == ("missing", "semesterId")
    assert read_text({}, "groupId", "") == ""
    assert read_integer({}, "fromDate", -1) == -1


@pytest.mark.parametrize("value", [1, [], "a\0", "x" * 1001, "\ud800"])
def test_an_invalid_text_is_refused(value):
    with pytest.raises(Malformed):
        read_text({"t": value}, "t")


def test_lone_surrogates_are_replaced_at_any_depth():
    body = {"a\ud800": ["b\udfff", {"c": "é\0\ud83d\ude00 😀"}], "n": 2**60, "x": None}
    assert storable(body) == {"a?": ["b?", {"c": "é\0?? 😀"}], "n": 2**60, "x": None}


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(anything)
def test_any_json_is_read_or_refused(value):
    try:
        data = parse_object(json.dumps({"x": value}).encode())
        for read in (lambda: read_text(data, "x"), lambda: read_integer(data, "x", 0)):
            read()
        read_boolean(data, "x", default=True)
    except Malformed:
        pass
