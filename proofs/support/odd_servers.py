"""Repositories that a server has in an odd or damaged way, and those that change between two syncs."""

import shutil
from collections.abc import Callable
from pathlib import Path

from proofs.support.hostile_objects import FILE
from proofs.support.odd_repository import Kind, Maker, OddRepository, Step


def _shallow(odd: OddRepository) -> None:
    third = odd.history(3)
    odd.main(odd.history(3, third))
    (odd.bare / "shallow").write_text(f"{third}\n")


def _alternates(odd: OddRepository) -> None:
    lender = OddRepository(odd.server, f"{odd.name}-lender")
    odd.main(lender.history(5))
    (odd.bare / "objects" / "info" / "alternates").write_text(f"{lender.bare}/objects\n")


def _renamed(odd: OddRepository) -> None:
    odd.main(odd.history(2))
    odd.bare.rename(odd.bare.with_name(f"{odd.name}-new.git"))
    odd.server.moved[odd.name] = f"{odd.name}-new"


def _dumb(odd: OddRepository) -> None:
    odd.main(odd.history(2))
    odd.git("update-server-info")
    odd.server.speaks_dumb_protocol.add(odd.name)


def _upload_pack_off(odd: OddRepository) -> None:
    odd.main(odd.history(2))
    odd.git("config", "http.uploadpack", "false")


def _packed(odd: OddRepository) -> list[Path]:
    odd.main(odd.history(30))
    odd.git("repack", "-q", "-a", "-d")
    return list((odd.bare / "objects" / "pack").iterdir())


def _index_missing(odd: OddRepository) -> None:
    for file in _packed(odd):
        if file.suffix in (".idx", ".rev"):
            file.unlink()


def _pack_damaged(odd: OddRepository) -> None:
    (pack,) = (file for file in _packed(odd) if file.suffix == ".pack")
    content = bytearray(pack.read_bytes())
    content[len(content) // 2] ^= 0xFF
    pack.chmod(0o600)
    pack.write_bytes(content)


def _file_missing(odd: OddRepository) -> None:
    missing = odd.blob(b"lost\n")
    odd.main(odd.add(odd.tree((FILE, b"a.txt", missing))))
    (odd.bare / "objects" / str(missing)[:2] / str(missing)[2:]).unlink()


def _then(change: Callable[[OddRepository], None]) -> Maker:
    """Three commits on `main` and two on `other`; the change follows after the first sync."""

    def make(odd: OddRepository) -> Step:
        odd.main(odd.history(3))
        odd.ref("refs/heads/other", odd.history(2, name=b"other.txt"))
        return lambda: change(odd)

    return make


def _rewrite(odd: OddRepository) -> None:
    odd.main(odd.history(5, odd.history(1), name=b"rewritten.txt"))


def _delete_main(odd: OddRepository) -> None:
    (odd.bare / "refs/heads/main").unlink()
    odd.head = (odd.bare / "refs/heads/other").read_text().strip()


def _create_again(odd: OddRepository) -> None:
    shutil.rmtree(odd.bare)
    odd.init()
    odd.main(odd.history(4, name=b"new.txt"))


def _delete_all(odd: OddRepository) -> None:
    for name in ("main", "other"):
        (odd.bare / "refs/heads" / name).unlink()
    odd.head = ""


def _fill(odd: OddRepository) -> Step:
    return lambda: odd.main(odd.history(3))


SERVERS: dict[str, Kind] = {
    "a shallow server": Kind(_shallow, reason="shallow"),
    "empty, then filled": Kind(_fill),
    "an alternates file": Kind(_alternates),
    "renamed, with a redirect": Kind(_renamed, reason="redirected"),
    "the dumb protocol": Kind(_dumb, reason="not_git"),
    "fetching is switched off": Kind(_upload_pack_off, reason="no_access"),
    "a pack without its index": Kind(_index_missing, reason="broken"),
    "a damaged pack": Kind(_pack_damaged, reason="broken"),
    "a file's object is missing": Kind(_file_missing, reason="broken"),
    "a forced push between fetches": Kind(_then(_rewrite)),
    "the branch is deleted": Kind(_then(_delete_main)),
    "all branches are deleted": Kind(_then(_delete_all)),
    "created again with other work": Kind(_then(_create_again)),
}
