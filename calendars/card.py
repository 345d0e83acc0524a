"""The card "Calendar addresses" of the account page (templates/calendars/_calendars.html)."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from accounts.models import User
from calendars.addresses import url_of
from calendars.models import CalendarAddress, open_addresses
from calendars.parts import course_titles


@dataclass(frozen=True)
class AddressRow:
    """One address: what it has, its beginning, and whether it has ended because the person left the course."""

    address: CalendarAddress
    title: str
    shown: str
    has_ended: bool


def calendars_context(person: User) -> dict[str, Any]:
    """Return the context of `calendars/_calendars.html`, in a constant number of queries."""
    addresses = list(open_addresses(person))
    titles = course_titles(person) if any(address.course_id for address in addresses) else {}
    return {"calendar_addresses": [_row(address, titles) for address in addresses]}


def _row(address: CalendarAddress, titles: dict[int, str]) -> AddressRow:
    shown = url_of("secret").replace("secret.ics", f"{address.beginning}….ics")
    if address.course_id is None:
        return AddressRow(address, _("All my deadlines and bookings"), shown, has_ended=False)
    course = titles.get(address.course_id)
    title = _("Deadlines of %(course)s") % {"course": course} if course else _("A course that you are no longer in")
    return AddressRow(address, title, shown, has_ended=course is None)
