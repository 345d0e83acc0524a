"""The token that a fetch over HTTPS shows to the server."""

import base64
import re
from dataclasses import dataclass, field


@dataclass(frozen=True)
class HttpCredential:
    """A token for one server. `user` is sent with it (Basic); None: the token alone is sent (Bearer).

    `host` is the only server, with its port where it has one, that ever gets the token. Its text form has no token.
    Raises ValueError, without the token, when the token is empty or has a character that no header may have: the error
    of the HTTP library would name it.
    """

    host: str
    token: str = field(repr=False)
    user: str | None = None

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[!-~]+", self.token):
            raise ValueError("a token is printable ASCII without spaces")

    def header(self) -> str:
        """Return the value of the header Authorization."""
        if self.user is None:
            return f"Bearer {self.token}"
        return "Basic " + base64.b64encode(f"{self.user}:{self.token}".encode()).decode()
