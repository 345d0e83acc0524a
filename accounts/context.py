"""The context processor for base.html: the person, the theme, and the address of the page."""

from typing import Any

from django.http import HttpRequest

from accounts.preferences import theme_of


def page(request: HttpRequest) -> dict[str, Any]:
    user = getattr(request, "user", None)  # missing when a middleware refused the request before authentication
    return {
        "person": user if user is not None and user.pk else None,
        "theme": theme_of(request),
        "here": request.get_full_path() if request.method in ("GET", "HEAD") else "/",
    }
