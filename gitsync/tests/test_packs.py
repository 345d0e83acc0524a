"""Packs that inflate to too much are refused in time; invalid packs are one reason."""

import random
import uuid

import pytest
from dulwich.repo import Repo

from gitsync.git import packs, store, transport
from gitsync.git.failures import Reason, TransportFailed
from gitsync.git.transport import RemoteUrl
from gitsync.tests.gitserver import git
from gitsync.tests.hostile import BLOB, OFS_DELTA, doubling, entry, pack_of, pack_server, zeros


@pytest.fixture
def receive(settings):
    """`receive(pack)`: fetch this pack from a server, and return the failure."""

    def fetch(pack):
        with pack_server(pack) as host, store.incoming(uuid.uuid4()) as aside:
            settings.GIT_LOCAL_SERVERS = frozenset({host})
            with pytest.raises(TransportFailed) as failed:
                transport.fetch(RemoteUrl("http", host, "/bob.git"), {}, "", aside.open)
        assert list(store.folders()) == []
        return failed.value

    return fetch


def test_a_valid_pack_without_the_announced_commit_is_broken(receive):
    failed = receive(pack_of(entry(BLOB, b"hello\n")))
    assert (failed.reason, failed.detail) == (Reason.BROKEN, "the server did not send what it announced")


def test_an_object_over_the_limit_is_refused_by_its_announced_size(receive, monkeypatch):
    monkeypatch.setattr(packs, "OBJECT_BYTES", 1000)
    assert receive(pack_of(zeros(1001))).reason == Reason.TOO_LARGE
    assert receive(pack_of(zeros(1000))).reason == Reason.BROKEN  # indexed, but the announced commit is missing


def test_a_delta_is_refused_by_the_size_of_its_result(receive, monkeypatch):
    monkeypatch.setattr(packs, "OBJECT_BYTES", 1000)
    blob = entry(BLOB, bytes(600))
    assert receive(pack_of(blob, entry(OFS_DELTA, doubling(600), back=len(blob)))).reason == Reason.TOO_LARGE


def test_all_objects_together_are_limited(receive, monkeypatch):
    monkeypatch.setattr(packs, "INFLATED_BYTES", 2000)
    assert receive(pack_of(*[zeros(900)] * 3)).reason == Reason.TOO_LARGE


def test_the_bases_held_for_later_deltas_are_limited(receive, monkeypatch):
    blob = entry(BLOB, bytes(700))
    entries, place, base = [blob], len(blob), 0
    for _depth in range(
        4
    ):  # two deltas on one base, the next two on one of those: every base waits for its second delta
        for _sibling in range(2):
            entries.append(entry(OFS_DELTA, doubling(700, 1), back=place - base))
            last, place = place, place + len(entries[-1])
        base = last
    monkeypatch.setattr(packs, "HELD_BYTES", 4 * 700)
    assert receive(pack_of(*entries)).reason == Reason.BROKEN  # indexed, but the announced commit is missing
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
        pack_of(entry(BLOB, b"hello"), entry(BLOB, b"one too many"), claims=1),
        pack_of(b"\xb0" + b"\x80" * 20 + b"\x01" + entry(BLOB, b"a size of 143 bits")[1:]),
        pack_of(entry(BLOB, b"hello"))[:-1] + b"?",
        b"PACK",
        b"not a pack at all",
        b"",
    ],
)
def test_an_invalid_pack_is_broken(receive, pack):
    assert receive(pack).reason == Reason.BROKEN


@pytest.mark.parametrize("cache_bytes", [packs.CACHE_BYTES, 50_000, 0])
@pytest.mark.parametrize("options", [[], ["--delta-base-offset"], ["--depth=1"]])
def test_the_index_is_the_one_that_git_makes(git_server, tmp_path, monkeypatch, cache_bytes, options):
    work = git_server.create("bob")
    monkeypatch.setattr(packs, "CACHE_BYTES", cache_bytes)
    chance = random.Random(7)
    lines = [f"{chance.random()}\n" for _ in range(5000)]  # larger than the cache, and than one piece
    for number in range(12):
        lines[chance.randrange(5000)] = f"line {number}\n"
        work.commit(f"step {number}", large="".join(lines), small=f"{number}\n" * 40, binary=chance.randbytes(70_000))
    work.git("tag", "-a", "-m", "a tag", "v1")
    pack = work.git("pack-objects", "--all", "--stdout", "-q", *options)
    (tmp_path / "theirs.pack").write_bytes(pack)
    git("index-pack", "theirs.pack", cwd=tmp_path)
    (tmp_path / "ours").mkdir()
    with Repo.init_bare(tmp_path / "ours") as ours, (tmp_path / "incoming").open("w+b") as file:
        file.write(pack)
        store.index_pack(ours, file)
    (index,) = (tmp_path / "ours" / "objects" / "pack").glob("*.idx")
    assert index.read_bytes() == (tmp_path / "theirs.idx").read_bytes()
