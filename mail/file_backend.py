"""A backend of Django's mail that writes one file per message, for an installation without a mail server."""

import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend


class EmailBackend(BaseEmailBackend):
    """Writes `<Message-ID>.eml` into EMAIL_FILE_PATH. The same message again replaces its file."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._folder = Path(settings.EMAIL_FILE_PATH)

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Write the messages. Raises OSError when the folder cannot be written."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for email_message in email_messages:
            message = email_message.message()
            name = re.sub(r"[^A-Za-z0-9.@-]", "", str(message["Message-ID"]))
            new = self._folder / f".{name}.{os.getpid()}.new"
            new.touch(mode=0o600)
            new.write_bytes(message.as_bytes())
            new.replace(self._folder / f"{name}.eml")
        return len(email_messages)
