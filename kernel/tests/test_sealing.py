"""Sealed secrets: opened for their row alone, with every key that is still given."""

import pytest
from cryptography.fernet import Fernet

from kernel.sealing import SealBroken, reseal, seal, unseal

ROW = "credential:12@gitlab.school.example"
SECRET = "glpat-é-0123456789"
OLD, NEW = Fernet.generate_key().decode(), Fernet.generate_key().decode()


def test_a_secret_is_opened_for_its_row(settings):
    settings.GIT_CREDENTIALS_KEY = [OLD]
    sealed = seal(SECRET, bound_to=ROW)
    assert sealed.isascii()
    assert "glpat" not in sealed
    assert unseal(sealed, bound_to=ROW) == SECRET


@pytest.mark.parametrize("other", ["credential:13@gitlab.school.example", "credential:12@evil.example", ""])
def test_a_text_copied_to_another_row_or_server_stays_closed(settings, other):
    settings.GIT_CREDENTIALS_KEY = [OLD]
    sealed = seal(SECRET, bound_to=ROW)
    with pytest.raises(SealBroken, match="something else") as broken:
        unseal(sealed, bound_to=other)
    assert SECRET not in str(broken.value)


@pytest.mark.parametrize("damage", ["", "x", "é", "gAAAAA"])
def test_a_damaged_text_is_refused(damage):
    with pytest.raises(SealBroken):
        unseal(damage, bound_to=ROW)


@pytest.mark.parametrize("content", [b"[]", b"3", b'["a"]', b'["a", 3]', b"{}", b"\xff"])
def test_a_text_that_is_no_sealed_secret_is_refused(settings, content):
    settings.GIT_CREDENTIALS_KEY = [OLD]
    with pytest.raises(SealBroken):
        unseal(Fernet(OLD).encrypt(content).decode(), bound_to="a")


def test_the_former_key_opens_until_everything_is_sealed_again(settings):
    settings.GIT_CREDENTIALS_KEY = [OLD]
    sealed = seal(SECRET, bound_to=ROW)
    settings.GIT_CREDENTIALS_KEY = [NEW, OLD]
    again = reseal(sealed, bound_to=ROW)
    settings.GIT_CREDENTIALS_KEY = [NEW]
    assert unseal(again, bound_to=ROW) == SECRET
    with pytest.raises(SealBroken):
        unseal(sealed, bound_to=ROW)


def test_sealing_again_refuses_a_text_of_another_row():
    sealed = seal(SECRET, bound_to=ROW)
    with pytest.raises(SealBroken):
        reseal(sealed, bound_to="credential:13@gitlab.school.example")


def test_a_secret_sealed_before_the_first_key_was_given_still_opens(settings):
    settings.GIT_CREDENTIALS_KEY = []
    sealed = seal(SECRET, bound_to=ROW)
    settings.GIT_CREDENTIALS_KEY = [NEW]
    assert unseal(sealed, bound_to=ROW) == SECRET
    settings.SECRET_KEY = "another"
    with pytest.raises(SealBroken):
        unseal(sealed, bound_to=ROW)
