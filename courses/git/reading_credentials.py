"""The credential with which the Git module reads the private repositories of a connection with a forge.

It is the token of the connection, limited to the course and to the paths of the organisation. A Git module elsewhere
gets no token.
"""

from collections.abc import Iterable

from accounts.principals import Principal
from courses.git.git_module import is_remote, wire_ids
from courses.models import Course
from gitsync.domain import credentials
from gitsync.models import Credential

# The user name that each forge documents for a token over HTTPS; Gitea takes any.
USER_NAMES = {"github": "x-access-token", "gitlab": "oauth2", "gitea": "git", "bitbucket": "x-token-auth"}


def can_read() -> bool:
    """Whether repositories are read by this installation."""
    return not is_remote()


def keep(
    actor: Principal | None,
    course: Course,
    number: int | None,
    *,
    forge: str,
    base_url: str,
    path_prefixes: Iterable[str],
    token: str,
) -> int | None:
    """Give the credential `number` this token, or make one; return its number, None where the Git module is elsewhere.

    One that a person has revoked stays revoked. Raises Conflict when the course has too many. Call it in the
    transaction of the change.
    """
    if is_remote():
        return None
    known = Credential.objects.filter(pk=number).first() if number else None
    if known is None:
        created = credentials.save_token(
            actor,
            wire_ids(course),
            host=base_url,
            token=token,
            user_name=USER_NAMES[forge],
            path_prefixes=path_prefixes,
        )
        return created.pk
    if known.revoked_at is None:
        credentials.replace(actor, known.pk, token=token)
    return known.pk


def revoke(actor: Principal | None, number: int | None) -> None:
    """Forget the token of the credential. One that is gone or revoked already stays so."""
    if number and Credential.objects.filter(pk=number).exists():
        credentials.revoke(actor, number)
