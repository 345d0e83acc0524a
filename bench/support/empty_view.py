"""The baseline of bench/hook.py: an empty view for webhooks.

It runs behind the server and the middleware of Atelier: at `/_git_hook` and `/livez` behind the middleware of programs,
as the product's own views there, at `/page` behind that of pages. It is never part of the product.
"""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, JsonResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

settings.ROOT_URLCONF = __name__


@csrf_exempt
@login_not_required
def empty(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"request_id": len(request.body)})


urlpatterns = [path("_git_hook", empty), path("livez", empty), path("page", empty)]

from config.wsgi import application  # noqa: E402 - it needs the URL conf above

__all__ = ["application"]
