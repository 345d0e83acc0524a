"""Converts a text that people paste as the address of a repository into the https address.

Forges offer `git clone …` commands and SSH addresses beside the https address, and browsers show pages inside a
repository.
"""

from urllib.parse import urlsplit

from gitsync.rules.hook_matching import SCP_FORM
from gitsync.rules.repository_url import parse, repository_of_page
from kernel.connection_guard import is_local_server
from kernel.errors import Malformed

QUOTES = "\"'`<>“”«»"
GIT_SCHEMES = ("ssh", "git", "git+ssh")


def repository_address(text: str) -> str:
    """Return the https address for a pasted text, or the text itself when nothing can be changed safely.

    It removes `git clone` with its options and a user name without a password, turns SSH addresses into https, and adds
    a missing `https://`. `suggestion` has the changes that a person must agree to.
    """
    address = _without_command(text.strip().strip(QUOTES).strip())
    if "://" not in address:
        scp = SCP_FORM.fullmatch(address)
        if scp and "@" in address.split(":")[0]:
            return f"https://{scp[1]}/{scp[2].lstrip('/')}"
        address = _with_scheme(address)
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
    except ValueError:
        return address
    if parts.scheme in GIT_SCHEMES and host:
        return f"https://{host}{parts.path}"  # the port is that of SSH
    if parts.username is not None and parts.password is None:
        return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
    return address


def suggestion(address: str) -> str:
    """Return the probable address when a refused one has only a password, http or the path of a page; else ""."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return ""
    without = parts._replace(scheme="https", netloc=parts.netloc.rpartition("@")[2], query="", fragment="").geturl()
    try:
        canonical = parse(without)
    except Malformed:
        return ""
    better = repository_of_page(canonical) or without
    return better if better != address else ""


def _without_command(text: str) -> str:
    """Return the address in `git clone [options] address [folder]`; any other text stays as it is."""
    words = text.split()
    if words[:1] == ["$"]:
        words = words[1:]
    if [word.lower() for word in words[:2]] != ["git", "clone"]:
        return text
    addresses = (word.strip(QUOTES) for word in words[2:] if not word.startswith("-"))
    return next((word for word in addresses if "/" in word and ("." in word or ":" in word)), text)


def _with_scheme(address: str) -> str:
    """Return `host/a/b` with the scheme that it lacks."""
    host, slash, _path = address.partition("/")
    server = host.rpartition("@")[2]
    name, _colon, port = server.rpartition(":")
    if port.isdigit() and is_local_server(name.lower(), int(port)):
        return f"http://{address}"
    return f"https://{address}" if slash and "." in server.strip(".") else address
