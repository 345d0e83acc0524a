"""The exception handler of the APIs: every refusal is an error object, and any other exception stays a 500."""

import pytest
from django.core.exceptions import PermissionDenied
from django.db import InterfaceError, OperationalError
from django.http import Http404
from rest_framework import exceptions, serializers

from kernel.api.exceptions import api_exception_handler
from kernel.errors import Busy, Conflict, Malformed, NotAllowed, Refused, Unknown


def answer(error):
    return api_exception_handler(error, {})


@pytest.mark.parametrize(
    ("kind", "status"),
    [(Refused, 400), (Malformed, 400), (NotAllowed, 403), (Unknown, 404), (Conflict, 409), (Busy, 503)],
)
def test_a_refusal_keeps_its_status_code_and_message(kind, status):
    response = answer(kind("its_code", "Its words.", field="end"))
    assert response.status_code == status
    assert response.data == {"error": {"code": "its_code", "message": "Its words.", "field": "end"}}


def test_the_extra_keys_of_a_refusal_are_in_the_error_object():
    missing = [{"resource": 1, "gpus": 2}]
    assert answer(Conflict("full", "No.", missing=missing)).data["error"]["missing"] == missing


def test_a_refusal_may_set_another_status():
    assert answer(Refused("odd", "Odd.", status=415)).status_code == 415


def test_the_first_invalid_field_is_named_with_its_path():
    class Line(serializers.Serializer):
        gpus = serializers.IntegerField(min_value=1)

    class Booking(serializers.Serializer):
        lines = Line(many=True)

    booking = Booking(data={"lines": [{"gpus": 2}, {"gpus": 0}]})
    with pytest.raises(exceptions.ValidationError) as raised:
        booking.is_valid(raise_exception=True)
    error = answer(raised.value).data["error"]
    assert (error["code"], error["field"]) == ("invalid", "lines.1.gpus")
    assert "1" in error["message"]


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (Http404(), 404, "not_found"),
        (PermissionDenied(), 403, "permission_denied"),
        (exceptions.NotAuthenticated(), 401, "not_authenticated"),
        (exceptions.MethodNotAllowed("PUT"), 405, "method_not_allowed"),
        (exceptions.UnsupportedMediaType("text/html"), 415, "unsupported_media_type"),
        (exceptions.ParseError(), 400, "parse_error"),
    ],
)
def test_refusals_of_django_and_drf_are_error_objects_too(error, status, code):
    response = answer(error)
    assert response.status_code == status
    assert response.data["error"]["code"] == code
    assert set(response.data["error"]) == {"code", "message", "field"}


def test_a_throttled_request_has_a_retry_after_header():
    response = answer(exceptions.Throttled(wait=1.5))
    assert (response.status_code, response.headers["Retry-After"]) == (429, "2")


def test_a_busy_database_is_503_and_says_that_nothing_was_changed():
    response = answer(OperationalError(1205, "Lock wait timeout exceeded"))
    assert (response.status_code, response.headers["Retry-After"]) == (503, "2")
    assert "Nothing was changed" in response.data["error"]["message"]
    assert "1205" not in str(response.data)


@pytest.mark.parametrize("error", [OperationalError(2013, "Lost connection to server"), InterfaceError(0, "")])
def test_a_lost_connection_is_503_and_does_not_say_that_nothing_was_changed(error):
    response = answer(error)
    assert (response.status_code, response.headers["Retry-After"]) == (503, "2")
    assert response.data["error"]["code"] == "database_lost"
    assert "Nothing was changed" not in response.data["error"]["message"]


def test_any_other_exception_stays_a_500():
    assert answer(ValueError("a bug")) is None
