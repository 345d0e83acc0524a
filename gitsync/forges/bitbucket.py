"""A client of Bitbucket Cloud (REST API, version 2.0)."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urlsplit

from gitsync.forges.api_requests import MAX_PAGES, ForgeApi, checked_list, required_text, text_of
from gitsync.forges.deletion import delete
from gitsync.forges.refusals import ForgeFailed, Reason
from gitsync.forges.remote_objects import RemoteHook, RemoteMember, RemoteRepository, RepositoryPage
from kernel.connection_guard import Guard

PAGE = 100
DESCRIPTION = "Atelier"


class Bitbucket:
    """A client with the token of a workspace, a project or a repository. It needs `repository` and `webhook`."""

    def __init__(self, guard: Guard, base_url: str, token: str) -> None:
        root = "https://api.bitbucket.org/2.0" if base_url == "https://bitbucket.org" else f"{base_url}/2.0"
        self._api = ForgeApi(guard, root, {"Authorization": f"Bearer {token}"})

    def repositories(self, owner: str, page: str = "") -> RepositoryPage:
        values, next_page = self._page(page or f"/repositories/{quote(owner, safe='')}?pagelen={PAGE}")
        return RepositoryPage([_repository(entry) for entry in values], next_page)

    def members(self, repository: RemoteRepository) -> list[RemoteMember]:
        permissions = self._values(f"{_path(repository)}/permissions-config/users")
        return [
            RemoteMember(login, text_of(row, "user", "display_name"))
            for row in permissions
            if (login := text_of(row, "user", "nickname"))
        ]

    def hooks(self, repository: RemoteRepository) -> list[RemoteHook]:
        hooks = self._values(f"{_path(repository)}/hooks")
        return [RemoteHook(required_text(hook, "uuid"), text_of(hook, "url")) for hook in hooks]

    def create_hook(self, repository: RemoteRepository, url: str, secret: str) -> str:
        return required_text(self._api.call("POST", f"{_path(repository)}/hooks", _body(url, secret))[0], "uuid")

    def update_hook(self, repository: RemoteRepository, hook_id: str, url: str, secret: str) -> None:
        self._api.call("PUT", f"{_path(repository)}/hooks/{quote(hook_id, safe='')}", _body(url, secret))

    def delete_hook(self, repository: RemoteRepository, hook_id: str) -> None:
        delete(self._api, f"{_path(repository)}/hooks/{quote(hook_id, safe='')}")

    def _page(self, path: str) -> tuple[list[dict[str, Any]], str]:
        answer = self._api.get(path)
        return checked_list(answer.get("values") if isinstance(answer, dict) else None), text_of(answer, "next")

    def _values(self, path: str) -> Iterator[dict[str, Any]]:
        for _number in range(MAX_PAGES):
            values, path = self._page(path)
            yield from values
            if not path:
                return
        raise ForgeFailed(Reason.UNREADABLE, "the list does not end")


def _path(repository: RemoteRepository) -> str:
    return f"/repositories/{quote(repository.full_name, safe='/')}"


def _body(url: str, secret: str) -> dict[str, Any]:
    body = {"description": DESCRIPTION, "url": url, "active": True, "events": ["repo:push"]}
    return body | {"secret": secret} if secret else body


def _repository(entry: dict[str, Any]) -> RemoteRepository:
    links = entry.get("links", {}).get("clone") if isinstance(entry.get("links"), dict) else None
    addresses = [text_of(link, "href") for link in checked_list(links or []) if text_of(link, "name") != "ssh"]
    return RemoteRepository(
        remote_id=required_text(entry, "uuid"),
        full_name=required_text(entry, "full_name"),
        clone_url=_without_user(addresses[0] if addresses else ""),
        is_private=bool(entry.get("is_private")),
        is_empty=entry.get("mainbranch", True) is None,
    )


def _without_user(url: str) -> str:
    """Return the address without the name of the person whose token asked for it."""
    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
