"""Which keys an SSH server may show."""

from gitsync.models import HostKey
from gitsync.rules.ssh_servers import shipped_keys, ssh_address


def keys_of_host(host: str, port: int) -> tuple[str, ...]:
    """Return the keys of the SSH server of a repository's host, each as "kind base64"; () when none is known.

    `host` is that of the Repository, `port` that of SSH. The key that a person accepted replaces the published ones.
    """
    server, _path = ssh_address(host, "")
    accepted = HostKey.objects.filter(host=server, port=port).first()
    return (accepted.line,) if accepted else shipped_keys(server, port)
