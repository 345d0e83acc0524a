"""The interface that the clients of all forges have. Every method raises ForgeFailed."""

from collections.abc import Iterator
from typing import Protocol

from gitsync.forges.remote_objects import RemoteHook, RemoteMember, RemoteRepository, RepositoryPage


class ForgeClient(Protocol):
    """A client of one forge with one token."""

    def repositories(self, owner: str, page: str = "") -> RepositoryPage:
        """Return a page of the repositories of an organisation, a group with its subgroups, or a workspace."""

    def members(self, repository: RemoteRepository) -> list[RemoteMember]:
        """Return the people who have access of their own to a repository."""

    def hooks(self, repository: RemoteRepository) -> list[RemoteHook]:
        """Return the hooks of a repository."""

    def create_hook(self, repository: RemoteRepository, url: str, secret: str) -> str:
        """Create a hook for pushes and return its id. An empty secret means none."""

    def update_hook(self, repository: RemoteRepository, hook_id: str, url: str, secret: str) -> None:
        """Give a hook of ours the present secret, and switch it on."""

    def delete_hook(self, repository: RemoteRepository, hook_id: str) -> None:
        """Delete a hook. One that is gone already is no error."""


class SystemHookClient(Protocol):
    """The part of the clients of GitLab and Gitea that needs the token of an administrator of the forge."""

    def system_hooks(self) -> Iterator[RemoteHook]:
        """Yield the hooks of the whole forge."""

    def create_system_hook(self, url: str) -> str:
        """Create a hook for the pushes to all repositories of the forge, and return its id."""

    def delete_system_hook(self, hook_id: str) -> None:
        """Delete a hook of the whole forge."""
