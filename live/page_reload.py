"""A part that a page fetches again may come to listen for more than the page's ticket allows: then it loads anew."""

from typing import TypeVar

from django.http import HttpRequest, HttpResponse

Answer = TypeVar("Answer", bound=HttpResponse)


def or_reload(request: HttpRequest, answer: Answer, topics: str) -> Answer:
    """The fragment, or the word for htmx to load the whole page where its `?heard=` is not what would be heard now."""
    if request.GET.get("heard", topics) != topics:
        answer["HX-Refresh"] = "true"
    return answer
