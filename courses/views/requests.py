"""What a page's request is once LoginRequiredMiddleware has let it through."""

from django.http import HttpRequest

from accounts.models import User


class PersonRequest(HttpRequest):
    user: User
