"""Parse the URL of a repository: its canonical form, or a refusal.

A URL is checked here once, by its text. `kernel.connection_guard` checks at every contact the IP addresses that the
server's name resolves to. The canonical form is for comparing; the registration keeps the URL as the person wrote it,
and the wire repeats that.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import NoReturn
from urllib.parse import quote, unquote_to_bytes, urlsplit

import idna
from django.conf import settings
from django.utils.translation import gettext as _

from gitsync.rules.hook_matching import SCP_FORM
from gitsync.rules.ssh_servers import https_address
from kernel.connection_guard import is_local_server
from kernel.errors import Malformed

URL_CHARACTERS = 1000
DEFAULT_PORTS = {"https": 443, "http": 80, "ssh": 22}
# On these forges /Team/Repo and /team/repo are the same repository.
CASE_FOLDING_HOSTS = frozenset({"github.com", "gitlab.com", "bitbucket.org", "codeberg.org", "dev.azure.com"})
TWO_PARTS = frozenset({"github.com", "bitbucket.org", "codeberg.org"})  # paths there are /owner/name
PRIVATE_SUFFIXES = ("localhost", "local", "localdomain", "internal", "intranet", "lan", "home", "corp", "arpa")
LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
PLAIN = re.compile(r"[!-~]+")  # the characters of ASCII that can be seen
UNSEEN = ("Cc", "Cf", "Cs", "Zs", "Zl", "Zp")  # Unicode's categories of all others that cannot
NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")  # such a last label makes the host an IPv4 address


@dataclass(frozen=True)
class CanonicalUrl:
    """The canonical form of a repository's URL.

    `host` includes the port when it is not the scheme's own. `path` is decoded and has no `.git` and no final slash.
    `fetch_path` is the path with the `.git` and the letter case that the person wrote: some servers insist on them.
    With the scheme `ssh`, host and path are those of the https address. Such a repository is read only with a key.
    """

    scheme: str
    host: str
    path: str
    fetch_path: str = ""

    def __str__(self) -> str:
        return f"{self.scheme}://{self.host}{quote(self.path)}"


def parse(url: str) -> CanonicalUrl:
    """Return the canonical form of a URL.

    Raises Malformed (field `repoUrl`) with a sentence that says why.
    """
    text = url.strip() if isinstance(url, str) else ""
    if not text or len(text) > URL_CHARACTERS:
        _refuse(_("Give the address of the repository, such as https://github.com/you/project.git."))
    if not PLAIN.fullmatch(text) and any(unicodedata.category(character) in UNSEEN for character in text):
        _refuse(_("The address contains a space or a character that cannot be seen."))
    try:
        parts = urlsplit(_without_scp_form(text))
        name, port = parts.hostname or "", parts.port
    except ValueError:
        _refuse(_("This is not a valid address."))
    is_ssh = parts.scheme == "ssh" and "ssh" in settings.GIT_SCHEMES
    if parts.scheme not in ("https", "http") and not is_ssh:
        _refuse(_("The address must start with https://."))
    if parts.password is not None or ("@" in parts.netloc and not is_ssh):
        _refuse(_("The address must not contain a name or a password."))
    if "?" in text or "#" in text or "\\" in text:
        _refuse(_("The address must end with the name of the repository."))
    host = _host(parts.scheme, name, port)
    fetch_path = _path(parts.path)
    if is_ssh:
        host, fetch_path = https_address(host, fetch_path)
    path = fetch_path
    while path.endswith(".git") and not path.endswith("/.git"):
        path = path.removesuffix(".git")
    if host in CASE_FOLDING_HOSTS:
        path = unicodedata.normalize("NFC", path.lower())
    return CanonicalUrl(parts.scheme, host, path, fetch_path)


def is_public_server(scheme: str, host: str) -> bool:
    """Return whether the public can read everything that this installation can read on the server.

    `host` is that of a CanonicalUrl.

    Over SSH nobody reads without a key. A server in GIT_LOCAL_SERVERS may be in a private network, and the installation
    reads it for everybody. The demonstration's own server counts as public.
    """
    if scheme == "ssh":
        return False
    name, _colon, port = host.rpartition(":")
    server = host if name and port.isdigit() else f"{host}:{DEFAULT_PORTS[scheme]}"
    return server not in settings.GIT_LOCAL_SERVERS or server == settings.DEMO_GIT_SERVER


def redirect_target(detail: str, scheme: str, host: str) -> str:
    """Return the address that a redirect of a Git request leads to, or "" when it may not be contacted.

    detail: that of the failure `redirected`: "to " and an address or a path; `scheme` and `host` answered it.
    """
    target = detail.removeprefix("to ").removesuffix("/").removesuffix("/info/refs")
    try:
        url = parse(f"{scheme}://{host}{target}" if target.startswith("/") else target)
    except Malformed:
        return ""
    return f"{url.scheme}://{url.host}{quote(url.fetch_path)}"


def repository_of_page(url: CanonicalUrl) -> str:
    """Return the repository's URL when this is a forge's page of a branch or a file; else ""."""
    parts = url.fetch_path.strip("/").split("/")
    if url.host in TWO_PARTS and len(parts) > 2:
        parts = parts[:2]
    elif "-" in parts:  # on any GitLab server, everything after /-/ is a page
        parts = parts[: parts.index("-")]
    else:
        return ""
    return f"{url.scheme}://{url.host}{quote('/' + '/'.join(parts))}"


def _host(scheme: str, name: str, port: int | None) -> str:
    """Return the canonical host; refuses servers that may not be contacted."""
    default = DEFAULT_PORTS[scheme]
    number = port if port is not None else default
    bracketed = f"[{name}]" if ":" in name else name
    if is_local_server(bracketed, number):
        return bracketed if number == default else f"{bracketed}:{number}"
    if scheme == "http":
        _refuse(_("The address must start with https://."))
    if number != default and scheme != "ssh":  # the key says which port of SSH is meant
        _refuse(_("The address must not name a port."))
    if ":" in name:
        _refuse(_("The address must use the name of the server, not its IP address."))
    host = _ascii_host(name)
    labels = host.split(".")
    if not all(LABEL.fullmatch(label) for label in labels) or len(host) > 253:
        _refuse(_("The address does not name a server."))
    if NUMBER.fullmatch(labels[-1]):
        _refuse(_("The address must use the name of the server, not its IP address."))
    if len(labels) < 2 or labels[-1] in PRIVATE_SUFFIXES:
        _refuse(_("This server is not on the public Internet."))
    if settings.GIT_HOSTS and https_address(host, "")[0] not in settings.GIT_HOSTS:
        allowed = ", ".join(sorted(settings.GIT_HOSTS))
        _refuse(_("Repositories on this server are not accepted here. Accepted: %(hosts)s.") % {"hosts": allowed})
    return host


def _without_scp_form(text: str) -> str:
    """Return `git@host:owner/name` as an ssh:// address, any other text as it is."""
    form = SCP_FORM.fullmatch(text) if "://" not in text and "@" in text.partition(":")[0] else None
    return f"ssh://{form[1]}/{form[2]}" if form else text


@lru_cache(1024)
def _ascii_host(name: str) -> str:
    """Return the name as DNS knows it, or "". A school uses few servers, and the rules of IDNA take long."""
    try:
        return idna.encode(name, uts46=True).decode("ascii").lower().rstrip(".")
    except (idna.IDNAError, UnicodeError):
        return ""


def _path(raw: str) -> str:
    """Return the path decoded once, in NFC, without empty parts and without a final slash."""
    try:
        decoded = unicodedata.normalize("NFC", unquote_to_bytes(raw).decode())
    except UnicodeDecodeError:
        _refuse(_("The address is not valid Unicode."))
    parts = [part for part in decoded.split("/") if part]
    has_controls = not decoded.isprintable() and any(unicodedata.category(c) in ("Cc", "Cs") for c in decoded)
    if has_controls or "\\" in decoded:
        _refuse(_("The address contains a space or a character that cannot be seen."))
    if not parts or any(part in (".", "..", ".git") for part in parts):
        _refuse(_("The address must end with the name of the repository."))
    return "/" + "/".join(parts)


def _refuse(sentence: str) -> NoReturn:
    raise Malformed("bad_url", sentence, field="repoUrl")
