"""Parses the hooks of the forges, and the plain bodies that the original Git module accepted.

The forges are GitHub, GitLab, Gitea, Forgejo, Gogs, Bitbucket (Cloud and Data Center) and Azure DevOps.

A hook only says which repository to read; no other content of it is trusted.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from gitsync.webhooks.fields import Fields

SHA = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
NO_COMMIT = re.compile("0*")  # how forges write the commit of a branch that is new or deleted
ADDRESSES = 20  # of one hook

# Forge, its event header, the events that are pushes, its headers with the delivery's id. Forgejo and Gitea also send
# the headers of Gogs and GitHub, so they come before these.
_FORGES = (
    ("forgejo", "X-Forgejo-Event", ("push",), ("X-Forgejo-Delivery",)),
    ("gitea", "X-Gitea-Event", ("push",), ("X-Gitea-Delivery",)),
    ("gogs", "X-Gogs-Event", ("push",), ("X-Gogs-Delivery",)),
    ("github", "X-GitHub-Event", ("push",), ("X-GitHub-Delivery",)),
    ("gitlab", "X-Gitlab-Event", ("push hook", "system hook"), ("Idempotency-Key", "X-Gitlab-Event-UUID")),
    ("bitbucket", "X-Event-Key", ("repo:push", "repo:refs_changed"), ("X-Request-UUID", "X-Request-Id")),
)
# GitLab names the kind of a system hook in the body alone.
_PUSH_KINDS = ("push", "repository_update")
# Where a body may hold the repository's address, the one to clone from first.
_ADDRESSES = (
    "repository.clone_url",
    "repository.git_http_url",
    "project.git_http_url",
    "resource.repository.remoteUrl",
    "repository.links.clone.item.href",
    "repository.links.html.href",
    "repository.html_url",
    "project.web_url",
    "repository.homepage",
    "repository.ssh_url",
    "repository.git_ssh_url",
    "repository.git_url",
    "project.git_ssh_url",
    "project.http_url",
    "project.ssh_url",
    "resource.repository.sshUrl",
    "resource.repository.url",
    "repository.url",
)
_REF = ("ref", "resource.refUpdates.item.name", "push.changes.item.new.name", "changes.item.ref.id")
_BEFORE = (
    "before",
    "resource.refUpdates.item.oldObjectId",
    "push.changes.item.old.target.hash",
    "changes.item.fromHash",
)
_AFTER = ("after", "resource.refUpdates.item.newObjectId", "push.changes.item.new.target.hash", "changes.item.toHash")
_KINDS = ("object_kind", "event_name")
# Every field that `read_hook` needs.
WANTED = frozenset((*_ADDRESSES, *_REF, *_BEFORE, *_AFTER, *_KINDS, "eventType", "id"))


@dataclass(frozen=True, slots=True)
class Hook:
    """A parsed hook.

    urls: several addresses of one repository, the best first; at most ADDRESSES.
    delivery_id: "" when the forge sends none.
    """

    forge: str
    is_push: bool
    urls: tuple[str, ...]
    ref: str
    before: str
    after: str
    delivery_id: str


def names_a_forge(headers: Mapping[str, str]) -> bool:
    """Whether the hook has the event header of a forge.

    Its events are never refused, because GitLab disables a hook whose events are refused.
    """
    return any(headers.get(header) for _forge, header, _pushes, _deliveries in _FORGES)


def read_hook(headers: Mapping[str, str], fields: Fields) -> Hook:
    """Parse a hook. It never fails: an absent or malformed value becomes empty."""
    forge, is_push, delivery_id = _identify(headers, fields)
    urls = dict.fromkeys(url for path in _ADDRESSES for url in fields.get(path, ()))
    return Hook(
        forge,
        is_push,
        tuple(urls)[:ADDRESSES],
        _first(fields, _REF)[:300],
        _sha(_first(fields, _BEFORE)),
        _sha(_first(fields, _AFTER)),
        delivery_id[:200],
    )


def _identify(headers: Mapping[str, str], fields: Fields) -> tuple[str, bool, str]:
    """Return the forge, whether the event is a push, and the delivery's id."""
    for forge, header, pushes, delivery_headers in _FORGES:
        event = headers.get(header, "").lower()
        if event:
            kinds = [kind for path in _KINDS for kind in fields.get(path, ())]
            is_push = event in pushes and (any(kind in _PUSH_KINDS for kind in kinds) or not kinds)
            return forge, is_push, next((text for name in delivery_headers if (text := headers.get(name))), "")
    azure_event = _first(fields, ("eventType",))
    if azure_event:
        return "azure", azure_event == "git.push", _first(fields, ("id",))
    return "other", True, ""


def _first(fields: Fields, paths: tuple[str, ...]) -> str:
    """Return the first text at one of these paths, or ""."""
    return next((text for path in paths for text in fields.get(path, ())), "")


def _sha(text: str) -> str:
    return text if SHA.fullmatch(text) and not NO_COMMIT.fullmatch(text) else ""
