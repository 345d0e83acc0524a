"""The request of a page behind LoginRequiredMiddleware: its user is a person who signed in."""

from django.http import HttpRequest

from accounts.models import User


class PersonRequest(HttpRequest):
    user: User
