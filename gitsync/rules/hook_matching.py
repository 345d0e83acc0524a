"""Compares the addresses in hooks with those of repositories, loosely: a hook only says which repository to read.

Forges write one repository in many ways: with http or ssh, with a port or a user, in other letter case, with or without
`.git`. Azure DevOps has two hosts. Whether a server may be contacted is decided elsewhere, by the strict rules of
`repository_url`.
"""

import re
import unicodedata
from functools import lru_cache
from urllib.parse import unquote, urlsplit

KEY_CHARACTERS = 1300
SCP_FORM = re.compile(r"(?:[^/@\s]+@)?([^/:@\s]+):(?![0-9]+(?:/|$)|//)(.+)")  # git@host:owner/name
SAME_HOSTS = {
    "www.github.com": "github.com",
    "ssh.github.com": "github.com",
    "www.gitlab.com": "gitlab.com",
    "altssh.gitlab.com": "gitlab.com",
    "www.bitbucket.org": "bitbucket.org",
    "altssh.bitbucket.org": "bitbucket.org",
}
AZURE = "dev.azure.com"
VISUAL_STUDIO = ".visualstudio.com"


@lru_cache(1024)
def match_key(address: str) -> str:
    """Return "host/path", which is equal for all spellings of a repository's address.

    Returns "" for a text that is no address.
    """
    text = unicodedata.normalize("NFC", unquote(address.strip()))
    scp = SCP_FORM.fullmatch(text) if "://" not in text else None
    if scp:
        host, path = scp.groups()
    else:
        try:
            parts = urlsplit(text if "://" in text else f"//{text}")
            host, path = parts.hostname or "", parts.path
        except ValueError:
            return ""
    host, names = _folded(_ascii(host.rstrip(".").lower()), [name for name in path.lower().split("/") if name])
    if not host or not names:
        return ""
    while names[-1].endswith(".git") and names[-1] != ".git":
        names[-1] = names[-1].removesuffix(".git")
    key = "/".join((host, *names))
    return key if len(key) <= KEY_CHARACTERS else ""


def _ascii(host: str) -> str:
    try:
        return host.encode("idna").decode("ascii") if not host.isascii() else host
    except UnicodeError:
        return host


def _folded(host: str, names: list[str]) -> tuple[str, list[str]]:
    """Return one host and path for all hosts of one forge."""
    if host in (f"ssh.{AZURE}", f"vs-ssh{VISUAL_STUDIO}") and names[:1] == ["v3"]:
        return AZURE, names[1:]  # git@ssh.dev.azure.com:v3/organisation/project/name
    if host == AZURE:
        return AZURE, names[:1] + _azure_path(names[1:])
    if host.endswith(VISUAL_STUDIO):
        return AZURE, [host.removesuffix(VISUAL_STUDIO), *_azure_path(names)]
    return SAME_HOSTS.get(host, host), names


def _azure_path(names: list[str]) -> list[str]:
    """Return [project, name] of an Azure path below the organisation; the project may have been left out."""
    if names[:1] == ["defaultcollection"]:
        names = names[1:]
    if "_git" not in names:
        return names
    at = names.index("_git")
    project, name = names[:at], names[at + 1 :]
    return (project or name) + name
