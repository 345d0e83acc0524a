"""Calendar addresses are made, found and revoked; their secrets are not stored."""

import pytest
from django.core.serializers import serialize

from accounts.models import AuditEvent
from calendars import addresses
from calendars.addresses import MOST, find_address, make_address, revoke_address
from calendars.models import CalendarAddress, open_addresses
from kernel.errors import Conflict, NotAllowed

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("events")]


def test_the_secret_has_256_bits_and_only_its_hash_and_beginning_are_stored(alice):
    secret = make_address(alice, None, form_key="k")
    assert len(secret) == 43
    stored = serialize("json", CalendarAddress.objects.all()) + serialize("json", AuditEvent.objects.all())
    assert secret not in stored
    assert find_address(secret).beginning == secret[:6]


def test_the_same_form_sent_twice_makes_one_address(alice, bob, courses):
    courses[7] = ("Systems", ["alice"], [])
    secret = make_address(alice, None, form_key="k")
    assert make_address(alice, None, form_key="k") == secret
    others = [
        make_address(alice, None, form_key="l"),
        make_address(bob, None, form_key="k"),
        make_address(alice, 7, form_key="k"),
    ]
    assert len({secret, *others}) == CalendarAddress.objects.count() == 4
    assert AuditEvent.objects.filter(verb="calendars.make_address").count() == 4


def test_nobody_makes_an_address_of_a_course_that_they_are_not_in(alice, courses):
    courses[7] = ("Systems", ["bob"], [])
    for course_id in (7, 8):
        with pytest.raises(NotAllowed):
            make_address(alice, course_id, form_key="k")
    assert not CalendarAddress.objects.exists()


def test_a_person_has_a_limited_number_of_addresses(alice, bob):
    for number in range(MOST):
        make_address(alice, None, form_key=str(number))
    with pytest.raises(Conflict):
        make_address(alice, None, form_key="one more")
    make_address(bob, None, form_key="k")
    revoke_address(alice, open_addresses(alice).first())
    make_address(alice, None, form_key="one more")
    assert open_addresses(alice).count() == MOST


def test_a_form_whose_address_was_revoked_makes_no_new_one(alice):
    revoke_address(alice, find_address(make_address(alice, None, form_key="k")))
    with pytest.raises(Conflict):
        make_address(alice, None, form_key="k")


def test_an_address_is_revoked_once(alice):
    address = find_address(make_address(alice, None, form_key="k"))
    revoke_address(alice, address)
    first = CalendarAddress.objects.get().revoked_at
    revoke_address(alice, address)
    assert CalendarAddress.objects.get().revoked_at == first
    assert AuditEvent.objects.filter(verb="calendars.revoke_address").count() == 1


@pytest.mark.parametrize("public", ["https://atelier.school.example", "http://127.0.0.1:8000"])
def test_an_address_is_given_for_pasting_and_for_a_link_that_opens_an_app(settings, public):
    settings.PUBLIC_URL = public
    assert addresses.url_of("x") == f"{public}/calendars/x.ics"
    assert addresses.webcal_url_of("x") == f"webcal://{public.partition('://')[2]}/calendars/x.ics"
