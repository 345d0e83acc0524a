"""Mails as files, for an installation without a mail server."""

import email
import stat

import pytest

from mail import sending
from mail.messages import compose
from mail.models import Mail

pytestmark = pytest.mark.django_db


@pytest.fixture
def folder(settings, tmp_path):
    settings.EMAIL_BACKEND = "mail.file_backend.EmailBackend"
    settings.EMAIL_FILE_PATH = str(tmp_path / "mails")
    return tmp_path / "mails"


def test_each_mail_is_a_file_that_only_the_user_of_atelier_reads(folder, alice, mail_to):
    mail = mail_to(alice)
    assert sending.drain() == 1
    (file,) = folder.iterdir()
    assert email.message_from_bytes(file.read_bytes())["Message-ID"] == mail.message_id
    assert (file.suffix, stat.S_IMODE(file.stat().st_mode)) == (".eml", 0o600)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_the_same_mail_again_is_the_same_file(folder, alice, mail_to):
    mail_to(alice)
    sending.drain()
    Mail.objects.update(sent_at=None)
    sending.drain()
    assert len(list(folder.iterdir())) == 1


def test_a_hostile_id_stays_in_the_folder(folder, alice, mail_to):
    message = compose(mail_to(alice, message_id="<../../x@localhost>"))
    sending.get_connection().send_messages([message])
    assert [file.name for file in folder.iterdir()] == ["....x@localhost.eml"]


def test_a_folder_that_cannot_be_written_loses_nothing(folder, alice, mail_to):
    folder.write_text("a file is in its place")
    mail = mail_to(alice)
    assert sending.drain() == 0
    mail.refresh_from_db()
    assert mail.state == "waiting" and "FileExistsError" in mail.last_error
