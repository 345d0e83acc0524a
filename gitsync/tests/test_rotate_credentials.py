"""`manage.py rotate_credentials`: every secret sealed again with a new key, stopped half-way and run again."""

from io import StringIO

import pytest
from cryptography.fernet import Fernet
from django.core.management import CommandError, call_command
from django.utils import timezone

from gitsync.models import Credential
from kernel import sealed_columns
from kernel.sealed_columns import SealedColumn
from kernel.sealing import seal, unseal

pytestmark = [pytest.mark.django_db, pytest.mark.database]
OLD, NEW = Fernet.generate_key().decode(), Fernet.generate_key().decode()
NUMBER = 200


@pytest.fixture
def stored(settings):
    """Credentials that are sealed with the old key, while the new one comes first."""
    settings.GIT_CREDENTIALS_KEY = [OLD]
    values = {"scope": Credential.Scope.HOST, "kind": Credential.Kind.BEARER}
    for number in range(NUMBER):
        row = Credential.objects.create(host=f"gitlab{number}.school.example", **values)
        Credential.objects.filter(pk=row.pk).update(sealed=seal(f"token-{row.pk}", bound_to=row.bound_to))
    settings.GIT_CREDENTIALS_KEY = [NEW, OLD]
    return Credential.objects.order_by("pk")


def rotate():
    out, errors = StringIO(), StringIO()
    try:
        call_command("rotate_credentials", stdout=out, stderr=errors)
    except CommandError as error:
        return f"{out.getvalue()}{errors.getvalue()}{error}"
    return out.getvalue() + errors.getvalue()


def sealed_with_new_key(rows):
    return sum(_opens(row.sealed) for row in rows.all())


def _opens(text):
    try:
        Fernet(NEW).decrypt(text.encode())
    except Exception:
        return False
    return True


def test_every_secret_is_sealed_with_the_new_key_and_opens_with_it_alone(stored, settings):
    assert f"gitsync.Credential: {NUMBER} sealed" in rotate()
    settings.GIT_CREDENTIALS_KEY = [NEW]
    assert [unseal(row.sealed, bound_to=row.bound_to) for row in stored.all()] == [
        f"token-{row.pk}" for row in stored.all()
    ]
    assert sealed_with_new_key(stored) == NUMBER


def test_a_rotation_that_was_stopped_half_way_leaves_every_secret_readable_and_goes_on(stored, settings, monkeypatch):
    reseal, done = sealed_columns.reseal, []

    def stopping(sealed, *, bound_to):
        if len(done) == 73:
            raise KeyboardInterrupt
        done.append(bound_to)
        return reseal(sealed, bound_to=bound_to)

    monkeypatch.setattr(sealed_columns, "reseal", stopping)
    with pytest.raises(KeyboardInterrupt):
        rotate()
    assert sealed_with_new_key(stored) == 73
    assert [unseal(row.sealed, bound_to=row.bound_to) for row in stored.all()] == [
        f"token-{row.pk}" for row in stored.all()
    ]

    monkeypatch.setattr(sealed_columns, "reseal", reseal)
    assert "older keys may be removed" in rotate()
    assert sealed_with_new_key(stored) == NUMBER


def test_a_secret_that_no_key_opens_is_named_by_its_row_and_the_others_are_sealed(stored):
    broken = stored[5]
    lost = Fernet(Fernet.generate_key()).encrypt(b"[]").decode()
    Credential.objects.filter(pk=broken.pk).update(sealed=lost)
    said = rotate()
    assert f"gitsync.Credential {broken.pk}: no key opens its secret" in said
    assert "Keep the old keys" in said
    assert lost not in said and "token-" not in said
    assert sealed_with_new_key(stored) == NUMBER - 1


def test_a_revoked_credential_has_nothing_to_seal(stored):
    Credential.objects.filter(pk=stored[0].pk).update(sealed="", revoked_at=timezone.now())
    assert f"{NUMBER - 1} sealed" in rotate()
    assert stored[0].sealed == ""


def test_columns_of_other_apps_are_sealed_too(stored, monkeypatch):
    monkeypatch.setattr(sealed_columns, "_columns", list(sealed_columns._columns))
    other = SealedColumn("gitsync.Credential", "public_key", lambda row: f"other:{row.pk}")
    sealed_columns.register(other)
    sealed_columns.register(other)
    pk = stored[0].pk
    Credential.objects.filter(pk=pk).update(public_key=seal("another secret", bound_to=f"other:{pk}"))
    said = rotate()
    assert said.count("sealed with the first key") == 3, "two columns, and the last line"
    text = Credential.objects.get(pk=pk).public_key
    assert _opens(text) and unseal(text, bound_to=f"other:{pk}") == "another secret"
