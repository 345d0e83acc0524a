"""The ticket's renewal, under the session's normal login. The stream itself is `live.stream`, beside Django."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from kernel.errors import NotAllowed, Refused
from live import tickets


@login_not_required  # a script asks: the sign-in page would be no answer
@never_cache
@require_GET
def renew(request: HttpRequest) -> HttpResponse:
    """`{"ticket"}` for the topics of the one given, also when that one has run out. 401 without a session."""
    if not request.user.is_authenticated:
        return _refused(Refused("not_signed_in", _("You are signed out."), status=401))
    try:
        return JsonResponse({"ticket": tickets.renew(request.GET.get("ticket", ""), request.user.pk)})
    except tickets.BadTicket:
        return _refused(NotAllowed("bad_ticket", _("The ticket is not yours."), field="ticket"))


@login_not_required
def stream_is_elsewhere(request: HttpRequest) -> HttpResponse:
    """What a WSGI server answers at the stream's address: config.asgi takes it before Django does."""
    return HttpResponse("The event stream is served by the ASGI process.\n", status=501, content_type="text/plain")


def _refused(refusal: Refused) -> JsonResponse:
    return JsonResponse(refusal.as_json(), status=refusal.status)
