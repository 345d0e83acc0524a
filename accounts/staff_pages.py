"""The decorator of pages for staff."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.core.exceptions import PermissionDenied
from django.http.response import HttpResponseBase

from accounts.person_request import PersonRequest

Parameters = ParamSpec("Parameters")
View = Callable[Concatenate[PersonRequest, Parameters], HttpResponseBase]


def staff_page(view: View[Parameters]) -> View[Parameters]:
    """Answer 403 to everybody who is signed in and is not staff."""

    @wraps(view)
    def for_staff(request: PersonRequest, /, *args: Parameters.args, **kwargs: Parameters.kwargs) -> HttpResponseBase:
        if not request.user.is_staff:
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return for_staff
