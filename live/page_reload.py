"""Reloads a page when one of its fragments needs more topics than the ticket of the page allows."""

from typing import TypeVar

from django.http import HttpRequest, HttpResponse

Response = TypeVar("Response", bound=HttpResponse)


def reload_if_topics_changed(request: HttpRequest, response: Response, topics: str) -> Response:
    """Return the response with a fragment; make htmx reload the whole page when its topics have changed.

    `topics` are the present topics of the fragment, separated by spaces. `?heard=` has those of the open page.
    """
    if request.GET.get("heard", topics) != topics:
        response["HX-Refresh"] = "true"
    return response
