"""The token that a fetch over HTTPS shows to the server."""

import base64
from dataclasses import dataclass, field


@dataclass(frozen=True)
class HttpCredential:
    """A token for one server. `user` is sent with it (Basic); None: the token alone is sent (Bearer).

    `host` is the only server, with its port where it has one, that ever gets the token. Its text form has no token.
    """

    host: str
    token: str = field(repr=False)
    user: str | None = None

    def header(self) -> str:
        """Return the value of the header Authorization."""
        if self.user is None:
            return f"Bearer {self.token}"
        return "Basic " + base64.b64encode(f"{self.user}:{self.token}".encode()).decode()
