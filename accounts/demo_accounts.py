"""Closes the accounts of the demonstration while DEMO is off: nobody can sign in with them.

Their password is public. An installation that was tried with DEMO=1 and then used without it may still have them. While
DEMO is off they cannot sign in, and their sessions and tokens do not work. Their rows do not change, so DEMO=1 opens
them again.
"""

from functools import cache
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from accounts.demo import DemoPerson
    from accounts.models import User

DOMAIN = "@school.example"
REFUSED = _("This is an account of the demonstration, which is switched off here.")


def is_demo_account(user: "User") -> bool:
    """Whether this is a person of the demonstration, and not somebody else with the same user name.

    Two of user name, e-mail and name are enough, because each of the last two can be changed in the preferences.
    """
    person = _demo_people().get(user.username)
    if person is None:
        return False
    is_same_name = (user.first_name, user.last_name) == (person.first_name, person.last_name)
    return is_same_name or user.email.lower() == f"{person.username}{DOMAIN}"


def is_closed(user: "User") -> bool:
    """Whether the account is one of the demonstration while DEMO is off."""
    return not settings.DEMO and is_demo_account(user)


def closed_accounts() -> list["User"]:
    """Return the accounts of the demonstration that are closed."""
    from accounts.models import User

    if settings.DEMO:
        return []
    people = User.objects.filter(username__in=_demo_people()).order_by("username")
    return [person for person in people if is_demo_account(person)]


def start_sentence(count: int) -> str:
    """Return what the operator reads at the start."""
    return (
        f"accounts of the demonstration are still here ({count}): while DEMO is off they cannot sign in and their "
        "tokens do not work; `manage.py demo --remove` deletes them"
    )


class ClosedDemoAccounts:
    """The authentication backend that refuses closed accounts.

    It comes first, so no guess is counted and no password is checked for them.
    """

    def authenticate(self, request: HttpRequest | None, username: str | None = None, **credentials: Any) -> None:
        """Raise PermissionDenied, which ends the sign-in, for a closed account.

        An account with such a user name and the public password of the demonstration is refused too.
        """
        from accounts.demo import PASSWORD
        from accounts.models import User

        if settings.DEMO or username not in _demo_people():
            return
        user = User.objects.filter(username=username).first()
        if user is not None and (is_demo_account(user) or credentials.get("password") == PASSWORD):
            if request is not None:
                request.is_closed_demo_account = True  # type: ignore[attr-defined]  # the form then says why
            raise PermissionDenied


@cache
def _demo_people() -> dict[str, "DemoPerson"]:
    from accounts.demo import EVERYBODY

    return {person.username: person for person in EVERYBODY}
