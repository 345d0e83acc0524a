"""The first page after the door: what the areas have for this person, and what changed lately."""

from typing import Any

from django.conf import settings
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.module_loading import import_string
from django.utils.safestring import SafeString

from accounts import activity
from accounts.models import User
from accounts.principals import person_of


def home(request: HttpRequest) -> HttpResponse:
    person = person_of(request)
    cards = {place: _cards(request, names) for place, names in settings.HOME_CARDS.items()}
    own = f"person:{person.pk}"
    topics = [own, *(topic for name in settings.HOME_TOPICS for topic in import_string(name)(request))]
    shown: dict[str, Any] = {
        "cards": cards,
        "events": activity.recent(person),
        "topic": own,
        "topics": " ".join(topics),
    }
    if person.is_staff:
        shown["people"] = User.objects.filter(is_active=True).aggregate(
            **{kind: Count("pk", filter=Q(kind=kind)) for kind in User.Kind.values}
        )
    return render(request, "accounts/home.html", shown)


def what_changed(request: HttpRequest) -> HttpResponse:
    """The fragment that the page fetches again when something changed."""
    return render(request, "accounts/_what_changed.html", {"events": activity.recent(person_of(request))})


def _cards(request: HttpRequest, names: list[str]) -> list[SafeString]:
    """The areas fill their part through functions named in settings: request -> HTML, or "" for nothing."""
    return [card for name in names if (card := import_string(name)(request))]
