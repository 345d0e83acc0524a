"""The file at a calendar address, without a session; and the pages with which people make and revoke addresses."""

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import guess_limits
from accounts.principals import person_of
from calendars import addresses, guesses
from calendars.calendar_file import CONTENT_TYPE
from calendars.client_names import client_name
from calendars.forms import AddressForm
from calendars.models import CalendarAddress
from calendars.reading import Reading, read_calendar


@login_not_required
@require_safe
def calendar_file(request: HttpRequest, secret: str) -> HttpResponse:
    """Answer the calendar at an address: 410 for one that has ended, 404 for a guessed one, 429 after many guesses.

    It takes PROGRAM_MIDDLEWARE (SHORT_PATHS), so there is no session, and no cookie is set.
    """
    limit = guesses.limit_of(request)
    if guesses.is_used_up(limit):
        return _too_many(limit)
    address = addresses.find_address(secret)
    if address is None:
        return _sentence(_("There is no such calendar."), 404) if guess_limits.take(limit) else _too_many(limit)
    client = client_name(request.headers.get("User-Agent", ""))
    reading = read_calendar(address, client, timezone.now()) if address.is_open else None
    if reading is None:
        return _sentence(_("This calendar address has ended."), 410)
    return _answer(request, reading)


def _answer(request: HttpRequest, reading: Reading) -> HttpResponse:
    """Answer the file, or 304 without writing it when the caller has it already."""
    headers = {"ETag": reading.etag, "Cache-Control": "private, no-cache", "Content-Language": reading.language}
    response = HttpResponse(content_type=CONTENT_TYPE, headers=headers)
    answer = get_conditional_response(request, etag=reading.etag, response=response)
    if answer is response:
        response.content = reading.write()
    assert isinstance(answer, HttpResponse)
    return answer


def _too_many(limit: guess_limits.Limit) -> HttpResponse:
    response = _sentence(_("Too many wrong addresses. Try again later."), 429)
    response["Retry-After"] = str(guess_limits.seconds_left(limit))
    return response


def _sentence(text: str, status: int) -> HttpResponse:
    return HttpResponse(f"{text}\n", status=status, content_type="text/plain; charset=utf-8")


@require_http_methods(["GET", "POST"])
def calendar_address_new(request: HttpRequest) -> HttpResponse:
    """Make an address. It is shown once, in the answer to the form: nothing that is stored leads back to it."""
    person = person_of(request)
    form = AddressForm(person, request.POST or None, chosen=request.GET.get("calendar", ""))
    if not (secret := form.run()):
        return render(request, "calendars/address_new.html", {"form": form}, status=422 if form.errors else 200)
    context = {
        "title": form.chosen_title,
        "url": addresses.url_of(secret),
        "webcal_url": addresses.webcal_url_of(secret),
    }
    return render(request, "calendars/address_made.html", context)


@require_POST
def calendar_address_revoke(request: HttpRequest, pk: int) -> HttpResponse:
    person = person_of(request)
    addresses.revoke_address(person, get_object_or_404(CalendarAddress, pk=pk, person=person.pk))
    messages.success(request, _("The address was revoked. Calendar apps can no longer read it."))
    return redirect("profile")
