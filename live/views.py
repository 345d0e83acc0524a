"""The view that renews a ticket, with the normal session. The stream itself is in live/stream.py, outside Django."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from kernel.errors import NotAllowed, Refused
from live import tickets


@login_not_required  # the caller is a script, which cannot use the sign-in page
@never_cache
@require_GET
def renew(request: HttpRequest) -> HttpResponse:
    """Answer `{"ticket"}`, a new ticket for the topics of the given ones, which may have expired.

    Answers 401 without a session.
    """
    if not request.user.is_authenticated:
        return _refused(Refused("not_signed_in", _("You are signed out."), status=401))
    try:
        return JsonResponse({"ticket": tickets.renew(request.GET.getlist("ticket"), request.user.pk)})
    except tickets.BadTicket:
        return _refused(NotAllowed("bad_ticket", _("The ticket is not yours."), field="ticket"))


@login_not_required
def stream_is_elsewhere(request: HttpRequest) -> HttpResponse:
    """Answer 501 on a WSGI server. On an ASGI server config/asgi.py serves this address before Django sees it."""
    return HttpResponse("The event stream is served by the ASGI process.\n", status=501, content_type="text/plain")


def _refused(refusal: Refused) -> JsonResponse:
    return JsonResponse(refusal.as_json(), status=refusal.status)
