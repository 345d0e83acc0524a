"""The kinds of mails about accounts. Nobody chooses them: they are always sent at once."""

from django.utils.translation import gettext_lazy as _

from accounts.models import OneTimeLink
from mail.kinds import Kind, register

INVITATION = "accounts.invitation"
PASSWORD_RESET = "accounts.password_reset"  # noqa: S105 - a name
EMAIL_CHECK = "accounts.email_check"
ADDRESS_CHANGED = "accounts.address_changed"
# The kind of the mail that carries a link, by the purpose of the link. A code is printed.
KIND_OF = {
    OneTimeLink.Purpose.INVITE: INVITATION,
    OneTimeLink.Purpose.RESET: PASSWORD_RESET,
    OneTimeLink.Purpose.EMAIL: EMAIL_CHECK,
}


def register_kinds() -> None:
    register(
        Kind(INVITATION, _("Invitation"), "account", is_fixed=True),
        Kind(PASSWORD_RESET, _("Password reset"), "account", is_fixed=True),
        Kind(EMAIL_CHECK, _("Check of a new address"), "account", is_fixed=True),
        Kind(ADDRESS_CHANGED, _("Address changed"), "account", is_fixed=True),
    )
