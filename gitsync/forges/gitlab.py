"""A client of GitLab (REST API, version 4), of gitlab.com and of self-managed servers."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from gitsync.forges.api_requests import ForgeApi, checked_list, next_link, required_text, text_of
from gitsync.forges.deletion import delete
from gitsync.forges.remote_objects import RemoteHook, RemoteMember, RemoteRepository, RepositoryPage
from kernel.connection_guard import Guard

PAGE = 100


class GitLab:
    """A client with the token of a group, a project or a person. It needs the scope `api`."""

    def __init__(self, guard: Guard, base_url: str, token: str) -> None:
        self._api = ForgeApi(guard, f"{base_url}/api/v4", {"PRIVATE-TOKEN": token})

    def repositories(self, owner: str, page: str = "") -> RepositoryPage:
        query = {} if page else {"per_page": PAGE, "include_subgroups": "true", "with_shared": "false"}
        path = page or f"/groups/{quote(owner, safe='')}/projects"
        value, headers = self._api.call("GET", path, query=query)
        return RepositoryPage([_repository(entry) for entry in checked_list(value)], next_link(headers))

    def members(self, repository: RemoteRepository) -> list[RemoteMember]:
        people = self._api.pages(f"{_path(repository)}/members", "per_page", PAGE)
        return [
            RemoteMember(login, text_of(person, "name"), text_of(person, "email") or text_of(person, "public_email"))
            for person in people
            if (login := text_of(person, "username"))
        ]

    def hooks(self, repository: RemoteRepository) -> list[RemoteHook]:
        return [_hook(hook) for hook in self._api.pages(f"{_path(repository)}/hooks", "per_page", PAGE)]

    def create_hook(self, repository: RemoteRepository, url: str, secret: str) -> str:
        return required_text(self._api.call("POST", f"{_path(repository)}/hooks", _body(url, secret))[0], "id")

    def update_hook(self, repository: RemoteRepository, hook_id: str, url: str, secret: str) -> None:
        self._api.call("PUT", f"{_path(repository)}/hooks/{quote(hook_id, safe='')}", _body(url, secret))

    def delete_hook(self, repository: RemoteRepository, hook_id: str) -> None:
        delete(self._api, f"{_path(repository)}/hooks/{quote(hook_id, safe='')}")

    def system_hooks(self) -> Iterator[RemoteHook]:
        return map(_hook, self._api.pages("/hooks", "per_page", PAGE))

    def create_system_hook(self, url: str) -> str:
        body = {"url": url, "push_events": False, "repository_update_events": True, "enable_ssl_verification": True}
        return required_text(self._api.call("POST", "/hooks", body)[0], "id")

    def delete_system_hook(self, hook_id: str) -> None:
        delete(self._api, f"/hooks/{quote(hook_id, safe='')}")


def _path(repository: RemoteRepository) -> str:
    return f"/projects/{quote(repository.remote_id, safe='')}"


def _body(url: str, secret: str) -> dict[str, Any]:
    body = {"url": url, "push_events": True, "enable_ssl_verification": True}
    return body | {"token": secret} if secret else body


def _hook(hook: dict[str, Any]) -> RemoteHook:
    return RemoteHook(required_text(hook, "id"), text_of(hook, "url"))


def _repository(entry: dict[str, Any]) -> RemoteRepository:
    return RemoteRepository(
        remote_id=required_text(entry, "id"),
        full_name=required_text(entry, "path_with_namespace"),
        clone_url=required_text(entry, "http_url_to_repo"),
        is_private=text_of(entry, "visibility") != "public",
        is_empty=bool(entry.get("empty_repo")),
    )
