"""A client of GitHub (REST API, version 2022-11-28), also of GitHub Enterprise Server."""

from typing import Any
from urllib.parse import quote

from gitsync.forges.api_requests import ForgeApi, checked_list, next_link, required_text, text_of
from gitsync.forges.deletion import delete
from gitsync.forges.refusals import ForgeFailed, Reason
from gitsync.forges.remote_objects import RemoteHook, RemoteMember, RemoteRepository, RepositoryPage
from kernel.connection_guard import Guard

PAGE = 100
VERSION = "2022-11-28"


class GitHub:
    """A client with a fine-grained or a classic token, or the token of an App's installation."""

    def __init__(self, guard: Guard, base_url: str, token: str) -> None:
        root = "https://api.github.com" if base_url == "https://github.com" else f"{base_url}/api/v3"
        headers = {"Authorization": f"Bearer {token}", "X-GitHub-Api-Version": VERSION}
        self._api = ForgeApi(guard, root, headers | {"Accept": "application/vnd.github+json"})

    def repositories(self, owner: str, page: str = "") -> RepositoryPage:
        query = {} if page else {"per_page": PAGE, "type": "all"}
        try:
            value, headers = self._api.call("GET", page or f"/orgs/{quote(owner, safe='')}/repos", query=query)
        except ForgeFailed as failed:
            if page or failed.reason != Reason.NOT_FOUND:
                raise
            query = {"per_page": PAGE}  # a person, not an organisation: their public repositories
            value, headers = self._api.call("GET", f"/users/{quote(owner, safe='')}/repos", query=query)
        return RepositoryPage([_repository(entry) for entry in checked_list(value)], next_link(headers))

    def members(self, repository: RemoteRepository) -> list[RemoteMember]:
        people = self._api.pages(f"{_path(repository)}/collaborators", "per_page", PAGE, affiliation="direct")
        return [RemoteMember(login) for person in people if (login := text_of(person, "login"))]

    def hooks(self, repository: RemoteRepository) -> list[RemoteHook]:
        hooks = self._api.pages(f"{_path(repository)}/hooks", "per_page", PAGE)
        return [RemoteHook(required_text(hook, "id"), text_of(hook, "config", "url")) for hook in hooks]

    def create_hook(self, repository: RemoteRepository, url: str, secret: str) -> str:
        body = {"name": "web", "active": True, "events": ["push"], "config": _config(url, secret)}
        return required_text(self._api.call("POST", f"{_path(repository)}/hooks", body)[0], "id")

    def update_hook(self, repository: RemoteRepository, hook_id: str, url: str, secret: str) -> None:
        body = {"active": True, "events": ["push"], "config": _config(url, secret)}
        self._api.call("PATCH", f"{_path(repository)}/hooks/{quote(hook_id, safe='')}", body)

    def delete_hook(self, repository: RemoteRepository, hook_id: str) -> None:
        delete(self._api, f"{_path(repository)}/hooks/{quote(hook_id, safe='')}")


def _path(repository: RemoteRepository) -> str:
    return f"/repos/{quote(repository.full_name, safe='/')}"


def _config(url: str, secret: str) -> dict[str, str]:
    config = {"url": url, "content_type": "json", "insecure_ssl": "0"}
    return config | {"secret": secret} if secret else config


def _repository(entry: dict[str, Any]) -> RemoteRepository:
    return RemoteRepository(
        remote_id=required_text(entry, "id"),
        full_name=required_text(entry, "full_name"),
        clone_url=required_text(entry, "clone_url"),
        is_private=bool(entry.get("private")),
        is_empty=entry.get("size") == 0,
    )
