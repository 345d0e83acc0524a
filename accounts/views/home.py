"""The home page: the cards of the areas, and the recent changes that the person may see."""

from typing import Any

from django.conf import settings
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.module_loading import import_string
from django.utils.safestring import SafeString

from accounts import demo_accounts, recent_activity
from accounts.models import User
from accounts.principals import person_of


def home(request: HttpRequest) -> HttpResponse:
    person = person_of(request)
    cards = {place: _cards(request, names) for place, names in settings.HOME_CARDS.items()}
    own_topic = f"person:{person.pk}"
    topics = [own_topic, *(topic for name in settings.HOME_TOPICS for topic in import_string(name)(request))]
    context: dict[str, Any] = {
        "cards": cards,
        "events": recent_activity.recent_entries(person),
        "topic": own_topic,
        "topics": " ".join(topics),
    }
    if person.is_staff:
        counts = {kind: Count("pk", filter=Q(kind=kind)) for kind in User.Kind.values}
        counts["student"] = Count("pk", filter=Q(kind=User.Kind.STUDENT, is_staff=False))  # staff have this kind, too
        context["people"] = User.objects.filter(is_active=True).aggregate(**counts)
        context["demo_accounts"] = demo_accounts.closed_accounts()
    return render(request, "accounts/home.html", context)


def what_changed(request: HttpRequest) -> HttpResponse:
    """Return the fragment with the recent changes. The page fetches it again after a change notification."""
    entries = recent_activity.recent_entries(person_of(request))
    return render(request, "accounts/_what_changed.html", {"events": entries})


def _cards(request: HttpRequest, names: list[str]) -> list[SafeString]:
    """Return the HTML of the cards. Settings name their functions: request -> HTML, or "" for no card."""
    return [card for name in names if (card := import_string(name)(request))]
