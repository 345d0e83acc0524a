"""The mails that the mail server of a proof has taken, and the links in them."""

import email
import email.policy
import re
from collections.abc import Sequence
from email.message import EmailMessage
from pathlib import Path

from kernel.testing.processes import wait_until


class Mailbox:
    """All mails in the folder of mail/tests/smtp_server.py."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def count(self) -> int:
        return len(list(self._folder.glob("*.eml")))

    def wait_for(self, address: str, *subjects: str) -> EmailMessage:
        """Return the last mail to this address whose subject has one of these texts; wait for it up to a minute."""
        return wait_until(lambda: self._find(address, subjects), 60)  # type: ignore[return-value]

    def _find(self, address: str, subjects: Sequence[str]) -> EmailMessage | None:
        name = address.partition("@")[0]
        for file in sorted(self._folder.glob(f"*-{name}.eml"), reverse=True):
            message = email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
            if isinstance(message, EmailMessage) and any(text in str(message["Subject"]) for text in subjects):
                return message
        return None


def link_of(message: EmailMessage) -> str:
    """Return the secret link in the text of a mail."""
    body = message.get_body(("plain",))
    found = re.search(r"https?://\S+/in/\S+", body.get_content() if body else "")
    assert found, f"no link in {message['Subject']}"
    return found[0]
