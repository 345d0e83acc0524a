"""`manage.py rotate_credentials`: every secret of 200 credentials is sealed with the new key, also after a stop."""

from io import StringIO

import pytest
from cryptography.fernet import Fernet
from django.core.management import CommandError, call_command

from gitsync.domain import credentials
from gitsync.models import Credential
from gitsync.syncing.credential_choice import secret_of
from gitsync.values import CourseIds
from kernel import sealed_columns, sealing
from kernel.sealing import unseal

pytestmark = pytest.mark.django_db
OLD, NEW = Fernet.generate_key().decode(), Fernet.generate_key().decode()


@pytest.fixture
def many(settings, monkeypatch):
    settings.GIT_CREDENTIALS_KEY, settings.GIT_SCHEMES = [OLD], ["https", "ssh"]
    monkeypatch.setitem(credentials.MOST_OF_ONE, Credential.Scope.COURSE, 200)
    course = CourseIds("ada", "H2027", "StruDon")
    for number in range(100):
        values = {"host": f"git{number}.example.org"}
        credentials.save_token(None, course, token=f"token-{number}", bearer=True, **values)
        credentials.make_deploy_key(None, course, **values)
    settings.GIT_CREDENTIALS_KEY = [NEW, OLD]
    return list(Credential.objects.order_by("pk"))


def rotated():
    out, errors = StringIO(), StringIO()
    call_command("rotate_credentials", stdout=out, stderr=errors)
    return out.getvalue()


def test_every_secret_is_sealed_with_the_new_key_and_stays_the_same(many, settings):
    before = {row.pk: unseal(row.sealed, bound_to=row.bound_to) for row in many}
    assert "gitsync.Credential: 200 sealed with the first key" in rotated()
    settings.GIT_CREDENTIALS_KEY = [NEW]
    rows = Credential.objects.all()
    assert {row.pk: unseal(row.sealed, bound_to=row.bound_to) for row in rows} == before
    assert secret_of(rows.get(pk=many[0].pk)).token == "token-0"
    assert not set(rows.values_list("sealed", flat=True)) & {row.sealed for row in many}


def test_a_rotation_that_was_stopped_is_run_again(many, settings, monkeypatch):
    sealed = []

    def stop_in_the_middle(text, *, bound_to):
        if len(sealed) == 70:
            raise KeyboardInterrupt
        sealed.append(bound_to)
        return sealing.reseal(text, bound_to=bound_to)

    monkeypatch.setattr(sealed_columns, "reseal", stop_in_the_middle)
    with pytest.raises(KeyboardInterrupt):
        rotated()
    monkeypatch.undo()
    settings.GIT_CREDENTIALS_KEY = [NEW, OLD]
    rotated()
    settings.GIT_CREDENTIALS_KEY = [NEW]
    for row in Credential.objects.all():
        assert unseal(row.sealed, bound_to=row.bound_to)


def test_a_secret_that_no_key_opens_is_named_and_kept(many):
    Credential.objects.filter(pk=many[3].pk).update(sealed="damaged")
    with pytest.raises(CommandError, match="1 secrets could not be opened"):
        rotated()
    assert Credential.objects.get(pk=many[3].pk).sealed == "damaged"
