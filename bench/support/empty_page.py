"""The baseline of bench/people.py: a page of the asked size that asks nothing of the database.

It runs behind the server and the middleware of Atelier, for people who are signed in. It is never part of the product.
"""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.urls import path, re_path
from django.views.decorators.csrf import csrf_exempt

settings.ROOT_URLCONF = __name__


@csrf_exempt
@login_not_required
def page(request: HttpRequest) -> HttpResponse:
    """`?bytes=N`: a body of N bytes."""
    person = str(request.user.pk)  # reads the session and the user
    return HttpResponse("x" * int(request.GET.get("bytes", "0")), headers={"X-Person": person})


@login_not_required
def ready(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok")


urlpatterns = [path("livez", ready), re_path("", page)]

from config.wsgi import application  # noqa: E402 - it needs the URL conf above

__all__ = ["application"]
