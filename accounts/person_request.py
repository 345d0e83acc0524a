"""The type of a request behind LoginRequiredMiddleware: its user is always a signed-in User."""

from django.http import HttpRequest

from accounts.models import User


class PersonRequest(HttpRequest):
    user: User
