"""Repositories with odd branches, tags and HEADs."""

import shutil

from proofs.support.hostile_objects import FILE
from proofs.support.odd_repository import ANN, Kind, Maker, OddRepository


def _sha256(odd: OddRepository) -> None:
    shutil.rmtree(odd.bare)
    odd.bare.mkdir()
    odd.git("init", "-q", "--bare", "--object-format=sha256", "-b", "main")
    tree = odd.git("hash-object", "-w", "-t", "tree", "--stdin", data=b"").decode().strip()
    odd.ref("refs/heads/main", odd.git("commit-tree", tree, "-m", "TP1").decode().strip())


def _empty(odd: OddRepository) -> None:
    odd.head = ""


def _head(text: str, *, branches: tuple[str, ...] = ("main",), expected: int = 0) -> Maker:
    """HEAD has this text; `{}` stands for a commit on no branch. Each branch has one commit more than the one before.

    The branch number `expected` counts, or the commit on no branch when it is -1.
    """

    def make(odd: OddRepository) -> None:
        shas = [odd.history(number + 1) for number in range(len(branches))]
        for name, sha in zip(branches, shas, strict=True):
            odd.ref(f"refs/heads/{name}", sha)
        alone = odd.history(2, name=b"alone.txt")
        (odd.bare / "HEAD").write_text(text.format(alone) + "\n")
        odd.head = (*shas, alone)[expected]

    return make


def _many_branches(odd: OddRepository) -> None:
    odd.main(odd.history(2))
    odd.refs([b"refs/heads/b%04d" % number for number in range(3000)], odd.head)


def _many_tags(odd: OddRepository) -> None:
    odd.main(odd.history(2))
    odd.refs([b"refs/tags/v%05d" % number for number in range(20_000)], odd.head)


def _many_tags_old_protocol(odd: OddRepository) -> None:
    _many_tags(odd)
    odd.server.speaks_old_protocol.add(odd.name)


def _tag_of_tag_of_blob(odd: OddRepository) -> None:
    odd.main(odd.history(2))
    named = str(odd.blob(b"1\n"))
    for kind in ("blob", "tag", "tag"):
        text = b"object %s\ntype %s\ntag t\ntagger %s\n\nm\n" % (named.encode(), kind.encode(), ANN)
        named = odd.git("hash-object", "-w", "-t", "tag", "--stdin", data=text).decode().strip()
    odd.ref("refs/tags/t", named)


def _branch_names(kind: str) -> Maker:
    """A second branch names a tag of the first one, or an object that is no commit."""

    def make(odd: OddRepository) -> None:
        odd.main(odd.history(2))
        text = b"object %s\ntype commit\ntag t\ntagger %s\n\nm\n" % (odd.head.encode(), ANN)
        tag = odd.git("hash-object", "-w", "-t", "tag", "--stdin", data=text).decode().strip()
        odd.ref("refs/heads/other", {"tag": tag, "blob": str(odd.blob(b"x\n")), "tree": str(odd.tree())}[kind])

    return make


def _odd_names(odd: OddRepository) -> None:
    odd.main(odd.history(2))
    names = [
        b"\xff\xfe",
        "é".encode(),
        "e\u0301".encode(),
        b"refs/heads/main",
        b"x;id",
        b"--upload-pack=id",
        b"n" * 240,
    ]
    names += ["\u202emain".encode(), "🙂".encode(), b"<b>", b"HEAD", b"%2e%2e", b"a" + b"/a" * 100]
    odd.refs([b"refs/heads/" + name for name in names], odd.history(1, name=b"other.txt"))


def _odd_default(odd: OddRepository) -> None:
    name = b"refs/heads/\xff\xfe" + "/é🙂".encode() * 60
    odd.main(odd.history(2))
    odd.refs([name], sha := odd.history(3, name=b"other.txt"))
    (odd.bare / "HEAD").write_bytes(b"ref: %s\n" % name)
    odd.head = sha


def _many_newer_branches(odd: OddRepository) -> None:
    """1,990 branches, each with ten commits of its own that are newer than `main`."""
    odd.main(odd.history(2))
    tree = odd.tree((FILE, b"b.txt", odd.blob(b"b\n")))
    for branch in range(1990):
        sha = odd.head
        for number in range(10):
            person = b"Ann <ann@example.org> %d +0200\n" % (1_790_000_100 + branch * 10 + number)
            sha = odd.add(tree, sha, headers=b"author " + person + b"committer " + person)
        odd.ref(f"refs/heads/b{branch:04}", sha)


def _symbolic_loop(odd: OddRepository) -> None:
    odd.main(odd.history(2))
    for name, other in (("a", "b"), ("b", "a"), ("to-main", "main")):
        odd.ref(f"refs/heads/{name}", f"ref: refs/heads/{other}")


def _orphans(odd: OddRepository) -> None:
    for number in range(6):
        odd.ref(f"refs/heads/orphan{number}", odd.history(3, name=b"orphan%d.txt" % number))
    odd.main(odd.history(2))


def _notes_and_replacements(odd: OddRepository) -> None:
    first = odd.history(2)
    odd.main(odd.history(2, first))
    other = odd.history(1, name=b"replaced.txt")
    odd.ref("refs/notes/commits", odd.add(odd.tree((FILE, odd.head.encode(), odd.blob(b"TP1 is done\n")))))
    odd.ref(f"refs/replace/{first}", other)
    odd.ref("refs/stash", other)


def _grafts(odd: OddRepository) -> None:
    other = odd.history(3, name=b"other.txt")
    odd.main(odd.history(4))
    (odd.bare / "info" / "grafts").write_text(f"{odd.head} {other}\n")


REFS: dict[str, Kind] = {
    "names of SHA-256": Kind(_sha256, reason="object_format"),
    "empty": Kind(_empty),
    "HEAD names a missing branch": Kind(_head("ref: refs/heads/nothing", branches=("main", "zeta"))),
    "no default branch at all": Kind(_head("ref: refs/heads/nothing", branches=("zeta", "beta"), expected=1)),
    "a detached HEAD": Kind(_head("{}", expected=-1)),
    "a detached HEAD, a branch HEAD": Kind(_head("{}", branches=("main", "HEAD"), expected=-1)),
    "3,000 branches": Kind(_many_branches, reason="too_many_refs"),
    "20,000 tags": Kind(_many_tags),
    "20,000 tags, old protocol": Kind(_many_tags_old_protocol),
    "a tag of a tag of a blob": Kind(_tag_of_tag_of_blob),
    "a branch that names a tag": Kind(_branch_names("tag")),
    "a branch that names a blob": Kind(_branch_names("blob")),
    "a branch that names a tree": Kind(_branch_names("tree")),
    "branches with odd names": Kind(_odd_names),
    "a default branch with an odd name": Kind(_odd_default),
    "1,990 branches with newer work": Kind(_many_newer_branches),
    "branches that name each other": Kind(_symbolic_loop),
    "orphan branches": Kind(_orphans),
    "notes, replacements, a stash": Kind(_notes_and_replacements),
    "grafts": Kind(_grafts, reason="broken"),  # git cannot clone it either
}
