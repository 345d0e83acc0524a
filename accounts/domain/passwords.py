"""Sets the password of a person who came with a one-time link or code."""

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.utils.translation import gettext as _

from accounts import sessions
from accounts.audit import record
from accounts.domain import one_time_links
from accounts.models import OneTimeLink, User
from kernel.errors import Conflict

COMMANDS = {
    OneTimeLink.Purpose.INVITE: "accounts.accept_invitation",
    OneTimeLink.Purpose.RESET: "accounts.reset_password",
    OneTimeLink.Purpose.CODE: "accounts.use_code",
}


def set_password(link: OneTimeLink, password: str) -> User:
    """Set the password of the link's person, use the link up, and end all sessions and tokens; return the person.

    The caller has validated the password. Raises Conflict when the link was used or ended in the meantime, and Busy
    when too many passwords are hashed at this moment.
    """
    hashed = make_password(password)  # slow, so before the transaction
    with transaction.atomic():
        if not one_time_links.use(link):
            raise Conflict("link_ended", _("This link was used in the meantime. Sign in."))
        person = User.objects.get(pk=link.person_id)
        person.password = hashed
        person.save(update_fields=["password"])
        one_time_links.end_sign_in_links(person)
        sessions.end_tokens(person)
        command = COMMANDS[OneTimeLink.Purpose(link.purpose)]
        record(person, command, f"user:{person.pk}")
    return person
