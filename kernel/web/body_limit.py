"""The limit for the size of a request's body. Each view may set its own.

config/admission.py reads it before Django receives the body, where Atelier serves its pages itself. nginx limits the
bodies in production, and the views check again.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Any, TypeVar

from django.conf import settings
from django.urls import Resolver404, resolve

View = TypeVar("View", bound=Callable[..., Any])


def body_limit(limit: int) -> Callable[[View], View]:
    """Set the limit, in bytes, of a view: of a function or of a class. Use it as the outermost decorator."""

    def decorate(view: View) -> View:
        view.body_limit = limit  # type: ignore[attr-defined]
        return view

    return decorate


def body_limit_of(path: str) -> int:
    """Return the limit, in bytes, of the view at this path.

    A view without a limit of its own has Django's limit for the data of a form.
    """
    default = int(settings.DATA_UPLOAD_MAX_MEMORY_SIZE or 0)
    limit = _own_limit(path)
    return default if limit is None else limit


@lru_cache(maxsize=1000)
def _own_limit(path: str) -> int | None:
    """Return the limit that the view at this path sets. Kept for the paths that programs post to again and again."""
    try:
        view = resolve(path).func
    except Resolver404:
        return None
    for owner in (view, getattr(view, "view_class", None), getattr(view, "cls", None)):
        limit = getattr(owner, "body_limit", None)
        if limit is not None:
            return int(limit)
    return None
