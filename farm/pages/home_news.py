"""Which audit events of the farm concern a person (settings.HOME_NEWS)."""

from django.db.models import Q

from accounts.models import User
from farm.models import Reservation

MOST = 200  # bookings of the person, the last ones


def own_bookings(user: User) -> Q:
    """Return the condition for events about this person's bookings, whoever changed them."""
    pks = Reservation.objects.filter(owner=user).order_by("-pk").values_list("pk", flat=True)[:MOST]
    return Q(verb__startswith="farm.", subject__in=[f"reservation:{pk}" for pk in pks])
