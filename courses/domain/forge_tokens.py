"""The token of a connection with a forge: checked, sealed, read by the worker, forgotten. No page ever shows it."""

import re

from django.utils.translation import gettext as _

from courses.models import ForgeConnection
from kernel.errors import Malformed
from kernel.sealing import seal, unseal

TOKEN = re.compile(r"[!-~]{8,1000}")


def clean_token(text: str) -> str:
    """Return a pasted token. Raises Malformed (field `token`) for a text that cannot be one; it never repeats it."""
    token = text.strip()
    if not TOKEN.fullmatch(token):
        raise Malformed("bad_token", _("This is not a token: paste it as the forge shows it."), field="token")
    return token


def keep_token(connection: ForgeConnection, token: str) -> None:
    """Seal the token into the row, which has a key by now. The caller saves the row."""
    connection.sealed_token = seal(clean_token(token), bound_to=connection.token_binding)


def token_of(connection: ForgeConnection) -> str:
    """Return the token. Raises SealBroken when it was sealed with another key."""
    return unseal(connection.sealed_token, bound_to=connection.token_binding)
