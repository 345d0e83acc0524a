"""Views whose modules are imported on their first request, because they import what few requests need."""

from collections.abc import Callable
from functools import cache
from typing import Any, cast

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.module_loading import import_string

View = Callable[..., HttpResponseBase]


def later_view(name: str) -> View:
    """Return a view that calls the view with this dotted name."""

    @cache
    def imported() -> View:
        return cast(View, import_string(name))

    def view(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return imported()(request, *args, **kwargs)

    return view
