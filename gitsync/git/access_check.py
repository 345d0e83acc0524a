"""Asks a server whether it lets a credential read a repository."""

from dulwich.repo import Repo

from gitsync.git.failures import TransportFailed
from gitsync.git.secrets import Secret
from gitsync.git.transport import Limits, RemoteUrl, fetch


def attempt(url: RemoteUrl, credential: Secret | None, limits: Limits) -> TransportFailed | None:
    """Read the refs alone; return why that failed, or None when the server allowed it."""
    try:
        fetch(url, None, "", _no_store, limits, credential)
    except TransportFailed as failed:
        return failed
    return None


def _no_store() -> Repo:
    raise AssertionError("only refs are read")
