"""A client of Gitea and Forgejo (REST API, version 1), such as Codeberg."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from gitsync.forges.api_requests import ForgeApi, checked_list, next_link, required_text, text_of
from gitsync.forges.deletion import delete
from gitsync.forges.remote_objects import RemoteHook, RemoteMember, RemoteRepository, RepositoryPage
from kernel.connection_guard import Guard

PAGE = 50  # the largest by default


class Gitea:
    """A client with a person's token. It needs `write:repository` and `read:organization`."""

    def __init__(self, guard: Guard, base_url: str, token: str) -> None:
        self._api = ForgeApi(guard, f"{base_url}/api/v1", {"Authorization": f"token {token}"})

    def repositories(self, owner: str, page: str = "") -> RepositoryPage:
        query = {} if page else {"limit": PAGE}
        value, headers = self._api.call("GET", page or f"/orgs/{quote(owner, safe='')}/repos", query=query)
        return RepositoryPage([_repository(entry) for entry in checked_list(value)], next_link(headers))

    def members(self, repository: RemoteRepository) -> list[RemoteMember]:
        people = self._api.pages(f"{_path(repository)}/collaborators", "limit", PAGE)
        return [
            RemoteMember(login, text_of(person, "full_name"), text_of(person, "email"))
            for person in people
            if (login := text_of(person, "login"))
        ]

    def hooks(self, repository: RemoteRepository) -> list[RemoteHook]:
        return [_hook(hook) for hook in self._api.pages(f"{_path(repository)}/hooks", "limit", PAGE)]

    def create_hook(self, repository: RemoteRepository, url: str, secret: str) -> str:
        body = {"type": "gitea", "active": True, "events": ["push"], "config": _config(url, secret)}
        return required_text(self._api.call("POST", f"{_path(repository)}/hooks", body)[0], "id")

    def update_hook(self, repository: RemoteRepository, hook_id: str, url: str, secret: str) -> None:
        body = {"active": True, "events": ["push"], "config": _config(url, secret)}
        self._api.call("PATCH", f"{_path(repository)}/hooks/{quote(hook_id, safe='')}", body)

    def delete_hook(self, repository: RemoteRepository, hook_id: str) -> None:
        delete(self._api, f"{_path(repository)}/hooks/{quote(hook_id, safe='')}")

    def system_hooks(self) -> Iterator[RemoteHook]:
        return map(_hook, self._api.pages("/admin/hooks", "limit", PAGE))

    def create_system_hook(self, url: str) -> str:
        config = _config(url, "") | {"is_system_webhook": "true"}  # otherwise new repositories get a copy
        body = {"type": "gitea", "active": True, "events": ["push"], "config": config}
        return required_text(self._api.call("POST", "/admin/hooks", body)[0], "id")

    def delete_system_hook(self, hook_id: str) -> None:
        delete(self._api, f"/admin/hooks/{quote(hook_id, safe='')}")


def _path(repository: RemoteRepository) -> str:
    return f"/repos/{quote(repository.full_name, safe='/')}"


def _config(url: str, secret: str) -> dict[str, str]:
    config = {"url": url, "content_type": "json"}
    return config | {"secret": secret} if secret else config


def _hook(hook: dict[str, Any]) -> RemoteHook:
    return RemoteHook(required_text(hook, "id"), text_of(hook, "config", "url") or text_of(hook, "url"))


def _repository(entry: dict[str, Any]) -> RemoteRepository:
    return RemoteRepository(
        remote_id=required_text(entry, "id"),
        full_name=required_text(entry, "full_name"),
        clone_url=required_text(entry, "clone_url"),
        is_private=bool(entry.get("private")) or bool(entry.get("internal")),
        is_empty=bool(entry.get("empty")),
    )
