"""The JSON objects of the forges' APIs, as their public documentation shows them."""

from typing import Any

LISTS = {
    "github": r"/orgs/([^/]+)/repos",
    "gitlab": r"/groups/([^/]+)/projects",
    "gitea": r"/orgs/([^/]+)/repos",
    "bitbucket": r"/repositories/([^/]+)",
}
MEMBERS = ("collaborators", "members", "permissions-config/users")
WRONG_TOKEN: dict[str, Any] = {
    "github": {"message": "Bad credentials", "documentation_url": "https://docs.github.com/rest", "status": "401"},
    "gitlab": {"message": "401 Unauthorized"},
    "gitea": {"message": "user does not exist [uid: 0, name: ]", "url": "https://gitea.example/api/swagger"},
    "bitbucket": {"type": "error", "error": {"message": "Token is invalid, expired, or not supported."}},
}
EXPIRED_TOKEN = {"error": "invalid_token", "error_description": "Token is expired. You can either do re-authorization."}
MISSING: dict[str, Any] = {
    "github": {"message": "Not Found", "documentation_url": "https://docs.github.com/rest", "status": "404"},
    "gitlab": {"message": "404 Project Not Found"},
    "gitea": {"errors": None, "message": "The target couldn't be found.", "url": "https://gitea.example/api/swagger"},
    "bitbucket": {"type": "error", "error": {"message": "Repository not found"}},
}
TOO_LITTLE_SCOPE: dict[str, Any] = {
    "github": {"message": "Resource not accessible by personal access token", "status": "403"},
    "gitlab": {
        "error": "insufficient_scope",
        "error_description": "The request requires higher privileges than provided by the access token.",
        "scope": "api",
    },
    "gitea": {"message": "token does not have at least one of required scope(s), required=[write:repository]"},
    "bitbucket": {
        "type": "error",
        "error": {
            "message": "Your credentials lack one or more required privilege scopes.",
            "detail": {"required": ["webhook"], "granted": ["repository"]},
        },
    },
}
HOOK_EXISTS = {
    "message": "Validation Failed",
    "errors": [{"resource": "Hook", "code": "custom", "message": "Hook already exists on this repository"}],
    "status": "422",
}


def hook_url(kind: str, hook: dict[str, Any]) -> str:
    """Return the address of a stored hook."""
    url: str = hook["url"] if kind in ("gitlab", "bitbucket") else hook["config"]["url"]
    return url


def hook_secret(kind: str, hook: dict[str, Any]) -> str:
    """Return the secret of a stored hook, or ""."""
    place = {"gitlab": "token", "bitbucket": "secret"}.get(kind)
    secret: str = hook.get(place, "") if place else hook["config"].get("secret", "")
    return secret


def repository(kind: str, url: str, row: Any) -> dict[str, Any]:
    """Return a StoredRepository as the forge lists it."""
    owner, _slash, name = row.full_name.rpartition("/")
    address = f"{url}/{row.full_name}.git"
    ssh = f"git@{url.partition('//')[2]}:{row.full_name}.git"
    if kind == "gitlab":
        return {
            "id": row.number,
            "name": name,
            "path": name,
            "path_with_namespace": row.full_name,
            "http_url_to_repo": address,
            "ssh_url_to_repo": ssh,
            "visibility": "private" if row.is_private else "public",
            "default_branch": "main",
            "empty_repo": False,
        }
    if kind == "bitbucket":
        server = url.partition("//")[2]
        links = [
            {"name": "https", "href": f"http://someone@{server}/{row.full_name}.git"},
            {"name": "ssh", "href": ssh},
        ]
        return {
            "type": "repository",
            "uuid": f"{{repository-{row.number}}}",
            "full_name": row.full_name,
            "name": name,
            "slug": name,
            "is_private": row.is_private,
            "mainbranch": {"type": "branch", "name": "main"},
            "links": {"clone": links},
        }
    common = {"id": row.number, "name": name, "full_name": row.full_name, "owner": {"login": owner}}
    common |= {"private": row.is_private, "clone_url": address, "ssh_url": ssh, "default_branch": "main"}
    if kind == "github":
        return common | {"visibility": "private" if row.is_private else "public", "size": 108, "archived": False}
    return common | {"empty": False, "size": 108, "internal": False, "archived": False}


def member(kind: str, person: dict[str, str]) -> dict[str, Any]:
    """Return a person as the forge lists those of a repository."""
    login, name, email = person["login"], person["name"], person["email"]
    if kind == "github":
        return {"login": login, "id": 1, "type": "User", "site_admin": False, "role_name": "write"}
    if kind == "gitlab":
        return {"id": 1, "username": login, "name": name, "state": "active", "access_level": 30, "expires_at": None}
    if kind == "gitea":
        return {"id": 1, "login": login, "full_name": name, "email": email, "username": login}
    user = {"type": "user", "display_name": name, "nickname": login, "account_id": "557058:1"}
    return {"type": "repository_user_permission", "permission": "write", "user": user}


def stored_hook(kind: str, pk: str, value: dict[str, Any]) -> dict[str, Any]:
    """Return a hook as the forge shows it: without its secret."""
    if kind == "bitbucket":
        shown = {key: text for key, text in value.items() if key != "secret"}
        return {"uuid": pk, "type": "webhook_subscription", "secret_set": "secret" in value, **shown}
    if kind == "gitlab":
        return {"id": int(pk), **{key: text for key, text in value.items() if key != "token"}}
    config = {key: text for key, text in value["config"].items() if key != "secret"}
    return {"id": int(pk), "type": "Repository", "active": True, "events": ["push"], "config": config}
