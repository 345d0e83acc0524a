"""The key that a fetch over SSH shows to the server."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class SshCredential:
    """A private key for one server.

    `host` is that of the repository (Repository.host): no other server ever sees the key. `port` and `user` are those
    of SSH. `private_key` is in OpenSSH form and has no passphrase. `host_keys` are the accepted keys of the server,
    each as "kind base64"; () when none is known. The text form has no key.
    """

    host: str
    port: int
    user: str
    private_key: str = field(repr=False)
    host_keys: tuple[str, ...]
