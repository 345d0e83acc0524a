"""Parse the hooks of GitHub, GitLab, Gitea and Forgejo, Bitbucket Cloud, Azure DevOps, and the plain bodies that the
original Git module accepted.

A hook only says which repository to read; no other content of it is trusted.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

SHA = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
NO_COMMIT = re.compile("0*")  # how forges write the commit of a branch that is new or deleted
URL_CHARACTERS = 1000

# Forge, its event header, the events that are pushes, its headers with the delivery's id. Forgejo and Gitea also send
# GitHub's headers, so they come before it.
_FORGES = (
    ("forgejo", "X-Forgejo-Event", ("push",), ("X-Forgejo-Delivery",)),
    ("gitea", "X-Gitea-Event", ("push",), ("X-Gitea-Delivery",)),
    ("github", "X-GitHub-Event", ("push",), ("X-GitHub-Delivery",)),
    ("gitlab", "X-Gitlab-Event", ("push hook", "system hook"), ("Idempotency-Key", "X-Gitlab-Event-UUID")),
    ("bitbucket", "X-Event-Key", ("repo:push",), ("X-Request-UUID",)),
)
# Where a body may hold the repository's URL, the one to clone from first.
_URLS = (
    "repository.clone_url",
    "repository.git_http_url",
    "project.git_http_url",
    "resource.repository.remoteUrl",
    "repository.links.html.href",
    "repository.html_url",
    "project.web_url",
    "repository.homepage",
)
_REF = ("ref", "resource.refUpdates.0.name", "push.changes.0.new.name")
_BEFORE = ("before", "resource.refUpdates.0.oldObjectId", "push.changes.0.old.target.hash")
_AFTER = ("after", "resource.refUpdates.0.newObjectId", "push.changes.0.new.target.hash")


@dataclass(frozen=True, slots=True)
class Hook:
    """A parsed hook.

    urls: several URLs of one repository, the best first.
    delivery_id: "" when the forge sends none.
    """

    forge: str
    is_push: bool
    urls: tuple[str, ...]
    ref: str
    before: str
    after: str
    delivery_id: str


def read_hook(headers: Mapping[str, str], body: dict[str, Any]) -> Hook:
    """Parse a hook. It never fails: an absent or malformed value becomes empty."""
    forge, is_push, delivery_id = _identify(headers, body)
    urls = [_text(body, path, URL_CHARACTERS) for path in _URLS]
    return Hook(
        forge,
        is_push,
        tuple(dict.fromkeys(url for url in urls if url)),
        _first(body, _REF)[:300],
        _sha(_first(body, _BEFORE)),
        _sha(_first(body, _AFTER)),
        delivery_id[:200],
    )


def _identify(headers: Mapping[str, str], body: dict[str, Any]) -> tuple[str, bool, str]:
    """Return the forge, whether the event is a push, and the delivery's id."""
    for forge, header, pushes, delivery_headers in _FORGES:
        event = headers.get(header, "").lower()
        if event:
            is_push = event in pushes and _text(body, "object_kind") in ("", "push")
            return forge, is_push, next((headers[name] for name in delivery_headers if headers.get(name)), "")
    azure_event = _text(body, "eventType")
    if azure_event:
        return "azure", azure_event == "git.push", _text(body, "id")
    return "other", True, ""


def _first(body: dict[str, Any], paths: tuple[str, ...]) -> str:
    """Return the first text at one of these dotted paths."""
    return next(filter(None, (_text(body, path) for path in paths)), "")


def _text(body: Any, path: str, limit: int = 1000) -> str:
    """Return the text at a dotted path, or "" when there is none, or one longer than `limit`."""
    for name in path.split("."):
        if isinstance(body, dict):
            body = body.get(name)
        elif isinstance(body, list) and name.isdigit() and int(name) < len(body):
            body = body[int(name)]
        else:
            return ""
    return body if isinstance(body, str) and len(body) <= limit and _is_clean(body) else ""


def _is_clean(text: str) -> bool:
    return text.isprintable() and "\0" not in text  # a lone surrogate is not printable either


def _sha(text: str) -> str:
    return text if SHA.fullmatch(text) and not NO_COMMIT.fullmatch(text) else ""
