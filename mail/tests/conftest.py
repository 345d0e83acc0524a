"""Kinds and templates for the tests of mails, and a real mail server in a process of its own."""

import email
import email.policy
import subprocess
import sys
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from kernel.testing import child_processes
from kernel.testing.ports import free_port
from mail import kinds, rendering
from mail.kinds import Kind
from mail.models import Mail
from mail.outgoing import new_mail

SMTP_BACKEND = "django.core.mail.backends.smtp.EmailBackend"


@pytest.fixture(autouse=True)
def _kinds(monkeypatch: pytest.MonkeyPatch) -> None:
    """The kinds of the tests take the place of those that the apps registered."""
    monkeypatch.setattr(kinds, "REGISTERED", {})
    kinds.register(
        Kind("test.at_once", "Something happened", "courses"),
        Kind("test.daily", "Something else happened", "courses", default="daily"),
        Kind("test.never", "Noise", "bookings", default="never"),
        Kind("test.staff", "For staff", "bookings", is_for=lambda person: person.is_staff),  # type: ignore[attr-defined]
        Kind("test.link", "A link", "account", is_fixed=True),
    )


@pytest.fixture
def template(settings: Any, tmp_path: Path) -> Iterator[Callable[[str], str]]:
    """`template(source)` returns the name of a template of a mail."""
    folder = tmp_path / "templates"
    folder.mkdir()
    first = settings.TEMPLATES[0]
    settings.TEMPLATES = [first | {"DIRS": [*first["DIRS"], folder]}]
    rendering.compiled_parts.cache_clear()

    def write(source: str) -> str:
        name = f"test-{len(list(folder.iterdir()))}.txt"
        (folder / name).write_text(source)
        return name

    yield write
    rendering.compiled_parts.cache_clear()


@pytest.fixture
def letter(template: Callable[[str], str]) -> str:
    """The name of a template whose subject and text use the value `what`."""
    return template("{{ what }} happened\nGood morning {{ reader.first_name }},\n\n{{ what }} is here:\n{{ link }}\n")


@pytest.fixture
def mail_to() -> Callable[..., Mail]:
    """`mail_to(alice, "busy@school.example")` saves a mail that is due."""

    def save(person: Any, address: str = "", *, kind: str = "test.at_once", **values: Any) -> Mail:
        count = Mail.objects.count()
        written = (f"Subject {count}", "A text.\n\nA link: \ue000")
        mail = new_mail(person, kind, key=f"test:{count}", address=address or person.email, written=written)
        mail.person, mail.path = person, "/courses/"
        for name, value in values.items():
            setattr(mail, name, value)
        mail.save()
        return mail

    return save


class SmtpServer:
    """A mail server in a process of its own. Its port stays while it is down."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self._folder = folder
        self._process: subprocess.Popen[str] | None = None

    def start(self) -> "SmtpServer":
        script = Path(__file__).with_name("smtp_server.py")
        command = [sys.executable, str(script), str(self.port), str(self._folder)]
        self._process = child_processes.start(command, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout and self._process.stdout.readline() == "ready\n"
        return self

    def stop(self) -> None:
        if self._process:
            self._process.kill()
            self._process.wait(10)
            if self._process.stdout:
                self._process.stdout.close()
            self._process = None

    @property
    def messages(self) -> list[EmailMessage]:
        """The messages that it took, in order."""
        files = sorted(self._folder.glob("*.eml"))
        parsed = [email.message_from_bytes(file.read_bytes(), policy=email.policy.default) for file in files]
        return [message for message in parsed if isinstance(message, EmailMessage)]


@pytest.fixture
def smtp(tmp_path: Path, settings: Any) -> Iterator[SmtpServer]:
    """A mail server that Atelier's mails go to. It is not started yet."""
    folder = tmp_path / "taken"
    folder.mkdir()
    server = SmtpServer(folder)
    settings.EMAIL_BACKEND = SMTP_BACKEND
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
    settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
    yield server
    server.stop()
