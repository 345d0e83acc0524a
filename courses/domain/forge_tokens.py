"""The token of a connection with a forge: checked, sealed, read by the worker, forgotten. No page ever shows it.

Where the teacher wants it, the same token reads the private repositories (courses/git/reading_credentials.py). That
begins when the hooks are installed: the forge has accepted it by then, and the teacher has confirmed the list.
"""

import re

from django.db.models.functions import Lower
from django.utils.translation import gettext as _

from accounts.principals import Principal
from courses.git import reading_credentials
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


def keep_token(actor: Principal | None, connection: ForgeConnection, token: str) -> None:
    """Seal the token into the row, which has a key by now. The caller saves the row.

    The credential that reads the repositories gets it too.
    """
    token = clean_token(token)
    connection.sealed_token = seal(token, bound_to=connection.token_binding)
    if connection.reads_with_token and connection.credential_number:
        _keep_credential(actor, connection, token)


def read_with_token(actor: Principal | None, connection: ForgeConnection) -> None:
    """Have the private repositories read with the token, if the teacher wants it. The caller saves the row.

    Raises Conflict when the course has too many credentials, or when the token was sealed with another key.
    """
    if connection.reads_with_token and not connection.credential_number:
        _keep_credential(actor, connection, token_of(connection))


def forget_token(actor: Principal | None, connection: ForgeConnection) -> None:
    """Forget the token, and no longer read with it. The caller saves the row."""
    connection.sealed_token = ""
    stop_reading(actor, connection)


def stop_reading(actor: Principal | None, connection: ForgeConnection) -> None:
    """Revoke the credential of the connection. The caller saves the row."""
    reading_credentials.revoke(actor, connection.credential_number)
    connection.credential_number = None


def token_of(connection: ForgeConnection) -> str:
    """Return the token. Raises SealBroken when it was sealed with another key."""
    return unseal(connection.sealed_token, bound_to=connection.token_binding)


def _keep_credential(actor: Principal | None, connection: ForgeConnection, token: str) -> None:
    connection.credential_number = reading_credentials.keep(
        actor,
        connection.course,
        connection.credential_number,
        forge=connection.forge,
        base_url=connection.base_url,
        path_prefixes=[_path_of_owner(connection)],
        token=token,
    )


def _path_of_owner(connection: ForgeConnection) -> str:
    """Return the owner as the forge spells it in the addresses of its repositories: letter case may differ."""
    rows = connection.repositories.annotate(folded=Lower("full_name"))
    first = rows.filter(folded__startswith=f"{connection.owner.lower()}/").first()
    return first.full_name[: len(connection.owner)] if first else connection.owner
