"""The command with which a person accepts the key of an SSH server, after comparing its fingerprint."""

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts.audit import record
from accounts.principals import Principal
from gitsync.git.failures import TransportFailed, failure_text
from gitsync.git.ssh_keys import fingerprint
from gitsync.models import HostKey
from gitsync.queries.host_keys import keys_of_host
from gitsync.rules import repository_url
from gitsync.rules.ssh_servers import ssh_address
from kernel.errors import Busy, Conflict, Malformed, NotAllowed

PORTS = range(1, 65_536)


def shown_fingerprint(actor: Principal, host: str, port: int) -> str:
    """Return the fingerprint of the key that the SSH server of a repository's host shows now. Nothing is stored.

    Raises what `accept` raises for the caller and for a server that does not answer.
    """
    _check(actor, host, port, replace=False)
    return fingerprint(_shown_key(ssh_address(host, "")[0], port))


def accept(actor: Principal, host: str, port: int, expected: str, *, replace: bool = False) -> HostKey | None:
    """Accept the key that the SSH server of a repository's host shows now.

    `host` is that of the Repository, `port` that of SSH. `expected` is the fingerprint that the person saw and
    compared: another key is refused (Conflict). A server whose key is known already has no second one: Conflict, too,
    unless a member of the staff says `replace`. Teachers and staff may do this (NotAllowed). Asks the server, for 10
    seconds at most, before the transaction: Busy when it does not answer. Returns None when a published key, which
    needs no row, is the one that the server shows.
    """
    _check(actor, host, port, replace)
    server, _path = ssh_address(host, "")
    shown = _shown_key(server, port)
    if fingerprint(shown) != expected.strip():
        sentence = _("The server shows another key now: %(fingerprint)s. Nothing was accepted.")
        raise Conflict("host_key_differs", sentence % {"fingerprint": fingerprint(shown)}, field="fingerprint")
    with transaction.atomic():
        old = HostKey.objects.select_for_update().filter(host=server, port=port).first()
        known = keys_of_host(host, port)
        if shown in known:
            return old
        if known and not replace:
            sentence = _("Another key of this server is accepted already. Ask the staff whether it has a new key.")
            raise Conflict("host_key_changed", sentence, field="fingerprint")
        return _save(actor, old, server, port, shown)


def _check(actor: Principal, host: str, port: int, replace: bool) -> None:
    is_staff = actor is None or bool(getattr(actor, "is_staff", False))
    if not is_staff and (replace or getattr(actor, "kind", "") != "teacher"):
        raise NotAllowed("not_allowed", _("Only teachers and staff accept the keys of SSH servers. Ask one of them."))
    if "ssh" not in settings.GIT_SCHEMES:
        raise Conflict("ssh_is_off", _("Reading over SSH is switched off on this server (GIT_SCHEMES)."))
    if port not in PORTS:
        raise Malformed("bad_port", _("The port must be a number from 1 to 65535."), field="port")
    server, _path = ssh_address(host, "")
    repository_url.parse(f"ssh://{f'[{server}]' if ':' in server else server}:{port}/owner/name")


def _shown_key(server: str, port: int) -> str:
    from gitsync.git.ssh_client import read_host_key  # paramiko: only processes that need it load it

    try:
        return read_host_key(server, port)
    except TransportFailed as failed:
        sentence = _("The SSH server did not show its key: %(reason)s")
        raise Busy("host_key_unread", sentence % {"reason": failure_text(failed.reason)}) from failed


def _save(actor: Principal, old: HostKey | None, server: str, port: int, shown: str) -> HostKey:
    before = {"fingerprint": old.fingerprint} if old else {}
    kind, key = shown.split()
    row = old or HostKey(host=server, port=port)
    row.kind, row.key, row.fingerprint = kind, key, fingerprint(shown)
    row.confirmed_by = actor.username if actor else "atelier"
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError:
        raise Busy("try_again", _("Somebody accepted a key of this server at the same moment. Try again.")) from None
    after = {"server": f"{server}:{port}", "fingerprint": row.fingerprint}
    record(actor, "gitsync.accept_host_key", f"host_key:{row.pk}", before=before, after=after)
    return row
