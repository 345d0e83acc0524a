"""The forges of courses: their clients, and the hooks of ours that are installed there.

`courses` uses the room `gitsync.forges` only through this module.
"""

from django.conf import settings

from courses.git.git_module import HookAddress, hook_address
from courses.models import Course
from gitsync.domain import hook_addresses
from gitsync.forges.client import ForgeClient
from gitsync.forges.connect import (
    DEFAULT_ADDRESSES,
    SYSTEM_HOOKS,
    clean_address,
    open_forge,
    open_system_hooks,
    same_server,
)
from gitsync.forges.refusals import OF_THE_TOKEN, TEMPORARY, ForgeFailed, Reason
from gitsync.forges.remote_objects import RemoteMember, RemoteRepository

__all__ = [
    "DEFAULT_ADDRESSES",
    "OF_THE_TOKEN",
    "SYSTEM_HOOKS",
    "TEMPORARY",
    "ForgeClient",
    "ForgeFailed",
    "Reason",
    "RemoteMember",
    "RemoteRepository",
    "clean_address",
    "install_hook",
    "open_forge",
    "open_system_hooks",
    "remove_hooks",
    "same_server",
    "system_hook_url",
]


def install_hook(client: ForgeClient, repository: RemoteRepository, course: Course) -> str:
    """Leave exactly one hook of the course in a repository, with the present secret, and return its id.

    A hook that is there already is used: the work may have been interrupted after it was created. Hooks with an earlier
    address of a course here are removed; all other hooks stay. Raises ForgeFailed.
    """
    address = hook_address(course)
    ours, outdated = _our_hooks(client, repository, address)
    if ours:
        hook_id, *outdated_copies = ours
        client.update_hook(repository, hook_id, address.url, address.secret)
        outdated += outdated_copies
    else:
        hook_id = client.create_hook(repository, address.url, address.secret)
    for outdated_id in outdated:
        client.delete_hook(repository, outdated_id)
    return hook_id


def remove_hooks(client: ForgeClient, repository: RemoteRepository, course: Course) -> None:
    """Remove the hooks of the course from a repository. All other hooks stay. Raises ForgeFailed."""
    ours, outdated = _our_hooks(client, repository, hook_address(course))
    for hook_id in ours + outdated:
        client.delete_hook(repository, hook_id)


def system_hook_url() -> str:
    """Return the address to which a whole forge reports pushes. It needs no secret: a hook only says where to look."""
    return f"{settings.PUBLIC_URL.rstrip('/')}/_git_hook"


def _our_hooks(client: ForgeClient, repository: RemoteRepository, address: HookAddress) -> tuple[list[str], list[str]]:
    """Return the ids of the hooks with the present address, and of those with an address that no course has now."""
    hooks = client.hooks(repository)
    ours = [hook.hook_id for hook in hooks if _same_url(hook.url, address.url)]
    return ours, [hook.hook_id for hook in hooks if _is_outdated(hook.url)]


def _same_url(url: str, other_url: str) -> bool:
    return url.rstrip("/") == other_url.rstrip("/")


def _is_outdated(url: str) -> bool:
    """Whether this is a hook address of this installation that was replaced."""
    before = f"{settings.PUBLIC_URL.rstrip('/')}/hooks/"
    token = url.removeprefix(before).rstrip("/")
    return url.startswith(before) and not hook_addresses.secret_of(token)
