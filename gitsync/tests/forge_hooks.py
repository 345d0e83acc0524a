"""Hooks as each forge sends them, and the same hooks signed with the secret of a course."""

import base64
import hmac
import json

from gitsync.models import Delivery, LocalCopy, OutboxEvent, Request, UnknownUrl
from gitsync.syncing import deliveries
from gitsync.tests.synced_course import URL

BEFORE, AFTER = "b" * 40, "a" * 40


GITHUB = {
    "ref": "refs/heads/main",
    "before": BEFORE,
    "after": AFTER,
    "repository": {"id": 7, "full_name": "test/test", "clone_url": URL, "html_url": "https://github.com/test/test"},
}


GITLAB = {
    "object_kind": "push",
    "ref": "refs/heads/main",
    "before": BEFORE,
    "after": AFTER,
    "project": {"id": 7, "git_http_url": URL, "web_url": "https://github.com/test/test"},
    "repository": {"homepage": "https://github.com/test/test"},
}


BITBUCKET = {
    "push": {"changes": [{"old": {"target": {"hash": BEFORE}}, "new": {"name": "main", "target": {"hash": AFTER}}}]},
    "repository": {"full_name": "test/test", "links": {"html": {"href": "https://github.com/test/test"}}},
}


AZURE = {
    "id": "d-1",
    "eventType": "git.push",
    "resource": {
        "refUpdates": [{"name": "refs/heads/main", "oldObjectId": BEFORE, "newObjectId": AFTER}],
        "repository": {"id": "guid", "remoteUrl": URL},
    },
}


BITBUCKET_DATA_CENTER = {
    "eventKey": "repo:refs_changed",
    "repository": {
        "slug": "test",
        "links": {
            "clone": [
                {"href": "ssh://git@bitbucket.school.example:7999/test/test.git", "name": "ssh"},
                {"href": URL, "name": "http"},
            ],
            "self": [{"href": "https://bitbucket.school.example/projects/TEST/repos/test/browse"}],
        },
    },
    "changes": [{"ref": {"id": "refs/heads/main"}, "fromHash": BEFORE, "toHash": AFTER, "type": "UPDATE"}],
}


FORGES = {
    "github": (GITHUB, {"X-GitHub-Event": "push", "X-GitHub-Delivery": "d-1"}),
    "gitlab": (GITLAB, {"X-Gitlab-Event": "Push Hook", "Idempotency-Key": "d-1"}),
    "gitea": (GITHUB, {"X-Gitea-Event": "push", "X-GitHub-Event": "push", "X-Gitea-Delivery": "d-1"}),
    "forgejo": (
        GITHUB,
        {
            "X-Forgejo-Event": "push",
            "X-Gitea-Event": "push",
            "X-GitHub-Event": "push",
            "X-Forgejo-Delivery": "d-1",
        },
    ),
    "bitbucket": (BITBUCKET, {"X-Event-Key": "repo:push", "X-Request-UUID": "d-1"}),
    "bitbucket data center": (BITBUCKET_DATA_CENTER, {"X-Event-Key": "repo:refs_changed", "X-Request-Id": "d-1"}),
    "gogs": (GITHUB, {"X-Gogs-Event": "push", "X-Gogs-Delivery": "d-1"}),
    "azure": (AZURE, {}),
    "other": (GITHUB, {}),
}


def digest(raw, secret, algorithm="sha256"):
    return hmac.new(secret.encode(), raw, algorithm).hexdigest()


def signed_by_gitlab(raw, secret):
    key = base64.b64decode(secret.removeprefix("whsec_"))
    mac = base64.b64encode(hmac.new(key, b"d-1.1615215942." + raw, "sha256").digest()).decode()
    return {"webhook-id": "d-1", "webhook-timestamp": "1615215942", "webhook-signature": f"v1,{mac}"}


def by_password(password):
    return {"Authorization": f"Basic {base64.b64encode(f'azure:{password}'.encode()).decode()}"}


# Signed hooks by name: the body, the forge in FORGES, and the headers that sign the body with the secret.
SIGNED = {
    "github": (GITHUB, "github", lambda raw, secret: {"X-Hub-Signature-256": f"sha256={digest(raw, secret)}"}),
    "github, with SHA-1 too": (
        GITHUB,
        "github",
        lambda raw, secret: {
            "X-Hub-Signature": f"sha1={digest(raw, secret, 'sha1')}",
            "X-Hub-Signature-256": f"sha256={digest(raw, secret)}",
        },
    ),
    "gitea": (GITHUB, "gitea", lambda raw, secret: {"X-Gitea-Signature": digest(raw, secret)}),
    "gitea, with all headers": (
        GITHUB,
        "gitea",
        lambda raw, secret: {
            "X-Gitea-Signature": digest(raw, secret),
            "X-Hub-Signature": f"sha1={digest(raw, secret, 'sha1')}",
            "X-Hub-Signature-256": f"sha256={digest(raw, secret)}",
        },
    ),
    "forgejo": (
        GITHUB,
        "forgejo",
        lambda raw, secret: {"X-Forgejo-Signature": digest(raw, secret), "X-Gitea-Signature": digest(raw, secret)},
    ),
    "gogs": (GITHUB, "gogs", lambda raw, secret: {"X-Gogs-Signature": digest(raw, secret)}),
    "bitbucket data center": (
        BITBUCKET_DATA_CENTER,
        "bitbucket data center",
        lambda raw, secret: {"X-Hub-Signature": f"sha256={digest(raw, secret)}"},
    ),
    "bitbucket": (BITBUCKET, "bitbucket", lambda raw, secret: {"X-Hub-Signature": f"sha256={digest(raw, secret)}"}),
    "gitlab": (GITLAB, "gitlab", lambda raw, secret: {"X-Gitlab-Token": secret}),
    "gitlab, signing": (GITLAB, "gitlab", signed_by_gitlab),
    "azure": (AZURE, "azure", lambda raw, secret: by_password(secret)),
}


def signed_hook(name, secret, raw=None):
    """Return the body and the headers of a hook that is signed; `raw` signs other bytes than the body."""
    body, forge, sign = SIGNED[name]
    data = json.dumps(body).encode()
    return data, FORGES[forge][1] | sign(data if raw is None else raw, secret)


def received_deliveries():
    """Return the deliveries, with those of hooks that no sync has answered yet."""
    deliveries.save_pending(Request.objects.all())
    return Delivery.objects.all()


def hook_rows():
    """Count every row that a hook may create, and the sync requests of each repository."""
    received_deliveries()
    models = (Delivery, Request, OutboxEvent, UnknownUrl)
    return [model.objects.count() for model in models], list(
        LocalCopy.objects.values_list("sync_request_count", flat=True)
    )
