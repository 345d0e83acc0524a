"""Connects to a forge: its kinds, the address that a person gave, and the client within the limits of the guard."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.utils.translation import gettext as _

from gitsync.forges.api_requests import MAX_BYTES, SECONDS
from gitsync.forges.bitbucket import Bitbucket
from gitsync.forges.client import ForgeClient, SystemHookClient
from gitsync.forges.gitea import Gitea
from gitsync.forges.github import GitHub
from gitsync.forges.gitlab import GitLab
from gitsync.rules import repository_url
from kernel.connection_guard import Guard
from kernel.errors import Malformed

CLIENTS: dict[str, Callable[[Guard, str, str], ForgeClient]] = {
    "github": GitHub,
    "gitlab": GitLab,
    "gitea": Gitea,
    "bitbucket": Bitbucket,
}
SYSTEM_HOOKS: dict[str, Callable[[Guard, str, str], SystemHookClient]] = {"gitlab": GitLab, "gitea": Gitea}
DEFAULT_ADDRESSES = {
    "github": "https://github.com",
    "gitlab": "https://gitlab.com",
    "gitea": "https://codeberg.org",
    "bitbucket": "https://bitbucket.org",
}


def clean_address(kind: str, text: str) -> str:
    """Return the address of a forge's server, such as `https://git.school.example`, without a path.

    An empty text means the public server of this kind. No network access. Raises Malformed with the field `base_url`.
    """
    text = text.strip().rstrip("/") or DEFAULT_ADDRESSES[kind]
    if "://" not in text:
        text = f"https://{text}"
    try:
        url = repository_url.parse(f"{text}/group")  # the rules for the servers of repositories hold for their forge
    except Malformed as refusal:
        raise Malformed(refusal.code, refusal.message, field="base_url") from refusal
    if url.path != "/group":
        sentence = _("Enter the address of the server alone, such as https://git.school.example.")
        raise Malformed("bad_url", sentence, field="base_url")
    return f"{url.scheme}://{url.host}"


def same_server(base_url: str, clone_url: str) -> bool:
    """Whether the address of a repository is on the forge that listed it."""
    try:
        forge, repository = repository_url.parse(f"{base_url}/group"), repository_url.parse(clone_url)
    except Malformed:
        return False
    return forge.host == repository.host


@contextmanager
def open_forge(kind: str, base_url: str, token: str) -> Iterator[ForgeClient]:
    """Yield a client of a forge. All its requests together have SECONDS and MAX_BYTES."""
    with Guard(seconds=SECONDS, max_bytes=MAX_BYTES) as guard:
        yield CLIENTS[kind](guard, base_url, token)


@contextmanager
def open_system_hooks(kind: str, base_url: str, token: str) -> Iterator[SystemHookClient]:
    """Yield a client for the hooks of a whole forge."""
    with Guard(seconds=SECONDS, max_bytes=MAX_BYTES) as guard:
        yield SYSTEM_HOOKS[kind](guard, base_url, token)
