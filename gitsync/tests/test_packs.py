"""Packs that are more than they seem are refused before they are, and what is odd inside is one reason."""

import uuid

import pytest

from gitsync import packs, store, transport
from gitsync.failures import Reason, TransportFailed
from gitsync.tests.hostile import BLOB, OFS_DELTA, doubling, entry, pack_of, pack_server, zeros
from gitsync.transport import Place


@pytest.fixture
def receive(settings):
    """Fetch that pack from a server; the failure."""

    def fetch(pack):
        with pack_server(pack) as host, store.incoming(uuid.uuid4()) as aside:
            settings.GIT_LOCAL_SERVERS = frozenset({host})
            with pytest.raises(TransportFailed) as failed:
                transport.fetch(Place("http", host, "/bob.git"), {}, "", aside.open)
        assert list(store.folders()) == []
        return failed.value

    return fetch


def test_a_sound_pack_of_a_hostile_server_lacks_what_was_announced(receive):
    failed = receive(pack_of(entry(BLOB, b"hello\n")))
    assert (failed.reason, failed.detail) == (Reason.BROKEN, "the server did not send what it announced")


def test_an_object_over_the_cap_is_refused_by_the_size_it_names(receive, monkeypatch):
    monkeypatch.setattr(packs, "OBJECT_BYTES", 1000)
    assert receive(pack_of(zeros(1001))).reason == Reason.TOO_LARGE
    assert receive(pack_of(zeros(1000))).reason == Reason.BROKEN  # taken in, but not what was announced


def test_a_delta_is_refused_by_the_size_that_it_would_make(receive, monkeypatch):
    monkeypatch.setattr(packs, "OBJECT_BYTES", 1000)
    blob = entry(BLOB, bytes(600))
    assert receive(pack_of(blob, entry(OFS_DELTA, doubling(600), back=len(blob)))).reason == Reason.TOO_LARGE


def test_all_objects_together_are_capped(receive, monkeypatch):
    monkeypatch.setattr(packs, "INFLATED_BYTES", 2000)
    assert receive(pack_of(*[zeros(900)] * 3)).reason == Reason.TOO_LARGE


def test_the_bases_that_wait_for_their_deltas_are_capped(receive, monkeypatch):
    blob = entry(BLOB, bytes(700))
    entries, place, base = [blob], len(blob), 0
    for _depth in range(4):  # two deltas on one base, the next two on one of them: every base waits for its second
        for _sibling in range(2):
            entries.append(entry(OFS_DELTA, doubling(700, 1), back=place - base))
            last, place = place, place + len(entries[-1])
        base = last
    monkeypatch.setattr(packs, "HELD_BYTES", 4 * 700)
    assert receive(pack_of(*entries)).reason == Reason.BROKEN  # taken in, but not what was announced
    monkeypatch.setattr(packs, "HELD_BYTES", 4 * 700 - 1)
    assert receive(pack_of(*entries)).reason == Reason.TOO_LARGE


def test_a_pack_that_claims_too_many_objects_is_refused(receive):
    assert receive(pack_of(claims=packs.OBJECTS + 1)).reason == Reason.TOO_LARGE


@pytest.mark.parametrize(
    "pack",
    [
        pack_of(entry(BLOB, b"hello", size=4)),
        pack_of(entry(BLOB, b"hello", size=6)),
        pack_of(entry(BLOB, b"hello"), claims=2),
        pack_of(entry(OFS_DELTA, doubling(5), back=9)),
        pack_of(entry(OFS_DELTA, b"", back=1)),
        pack_of(entry(5, b"no such kind")),
        b"PACK",
        b"not a pack at all",
        b"",
    ],
)
def test_what_is_no_pack_is_broken(receive, pack):
    assert receive(pack).reason == Reason.BROKEN
