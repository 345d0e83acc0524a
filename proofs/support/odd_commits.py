"""Repositories with odd commits: dates, names, messages, encodings, headers and parents."""

from collections.abc import Callable

from proofs.support.hostile_objects import FILE, FOLDER, MEGABYTE
from proofs.support.odd_repository import ANN, PERSON, Kind, Maker, OddRepository, branch_of


def _lines(author: bytes = ANN, committer: bytes = ANN, more: bytes = b"") -> bytes:
    return b"author %s\ncommitter %s\n%s" % (author, committer, more)


def _chain(*commits: tuple[bytes, bytes]) -> Maker:
    """Commits after each other, each with these headers and this message."""

    def make(odd: OddRepository) -> str:
        sha = ""
        for number, (headers, message) in enumerate(commits):
            tree = odd.tree((FILE, b"a.txt", odd.blob(b"%d\n" % number)))
            sha = odd.add(tree, *([sha] if sha else []), headers=headers, message=message)
        return sha

    return branch_of(make)


def _dated(*times: bytes) -> Maker:
    people = [b"Ann <ann@example.org> " + time for time in times]
    return _chain(*((_lines(person, person), b"dated " + person[22:] + b"\n") for person in people))


def _people(*people: bytes) -> Maker:
    return _chain(*((_lines(person), b"of somebody\n") for person in people))


def _messages(*messages: bytes, more: bytes = b"") -> Maker:
    return _chain(*((_lines(more=more), message) for message in messages))


def _in_encodings(*pairs: tuple[str, str]) -> Maker:
    """A commit for each (name in the header, Python's name)."""
    text = "TP1 est terminé"
    words = [
        ("TP1 を終えた" if codec in ("cp932", "euc_jp", "gb18030") else text, name, codec) for name, codec in pairs
    ]
    return _chain(
        *(
            (_lines(more=b"encoding %s\n" % name.encode()), word.encode(codec, "replace") + b"\n")
            for word, name, codec in words
        )
    )


def _empty_commits(odd: OddRepository) -> str:
    tree, sha = odd.tree(), ""
    for number in range(5000):
        sha = odd.add(tree, *([sha] if sha else []), message=b"nothing %d\n" % number)
    return sha


def _octopus(odd: OddRepository) -> str:
    base = odd.history(1)
    tops = [odd.history(1, base, b"b%02d.txt" % number) for number in range(30)]
    return odd.history(1, odd.add(None, *tops))


def _criss_cross(odd: OddRepository) -> str:
    """Two lines that merge each other 200 times: 2^200 ways lead to the first commit."""
    left = right = odd.history(1)
    for number in range(200):
        tree = odd.tree((FILE, b"a.txt", odd.blob(b"%d\n" % number)))
        left, right = (odd.add(tree, *pair, message=b"%d\n" % number) for pair in ((left, right), (right, left)))
        left = odd.history(1, left, b"left.txt")
    return odd.add(None, left, right)


def _ladder(odd: OddRepository) -> str:
    """A branch of one commit leaves at each of 1,500 commits, and all are merged at the end, two by two."""
    trunk, sides = odd.history(1), []
    trees = [odd.tree((FILE, b"%s.txt" % name, odd.blob(b"1\n"))) for name in (b"trunk", b"side")]
    for number in range(1500):
        trunk = odd.add(trees[0], trunk, message=b"trunk %d\n" % number)
        sides.append(odd.add(trees[1], trunk, message=b"side %d\n" % number))
    for side in sides:
        trunk = odd.add(trees[0], trunk, side, message=b"merge\n")
    return trunk


def _one_parent_twice(odd: OddRepository) -> str:
    first = odd.history(2)
    return odd.history(1, odd.add(None, first, first, message=b"twice\n"))


def _headers_in_wrong_order(odd: OddRepository) -> str:
    first = odd.history(1)
    tree = b"tree %s\n" % str(odd.tree((FILE, b"b.txt", odd.blob(b"b\n")))).encode()
    return odd.raw_commit(tree + PERSON + b"parent %s\n\nTP1\n" % first.encode())


def _without(part: str) -> Callable[[OddRepository], str]:
    def make(odd: OddRepository) -> str:
        tree = b"tree %s\n" % str(odd.tree((FILE, b"a.txt", odd.blob(b"1\n")))).encode()
        author, committer = b"author %s\n" % ANN, b"committer %s\n" % ANN
        rest = {"author": committer + b"\nTP1\n", "people": b"\nTP1\n", "message": author + committer}
        return odd.raw_commit(tree + rest[part])

    return make


def _folders(odd: OddRepository) -> str:
    """Two hundred commits, each in a folder of its own, dated back to front."""
    sha, entries = "", []
    for number in range(200):
        entries.append((FOLDER, b"tp%03d" % number, odd.tree((FILE, b"Main.java", odd.blob(b"x\n")))))
        person = b"Ann <ann@example.org> %d +0200" % (1_790_000_000 - 86_400 * number)
        sha = odd.add(odd.tree(*entries), *([sha] if sha else []), headers=_lines(person, person))
    return sha


SIGNED = (
    b"gpgsig -----BEGIN PGP SIGNATURE-----\n \n iQFzBAAB\n =x\n -----END PGP SIGNATURE-----\n"
    b"mergetag object 1\n type commit\n tag x\nHG:extra branch:x\nx\n"
)
ODD_WORDS = (
    "\ufeffTP1",
    "\u202eTP1\u202c",
    "<script>alert(1)</script>",
    "\x1b[2J\x1b]0;x\x07",
    "TP1\r\n\r\nCR\rLF",
    "🙂👩‍👩‍👧 TP1",
    "",
    " \n\n",
)
COMMITS: dict[str, Kind] = {
    "5,000 empty commits": Kind(branch_of(_empty_commits)),
    "a merge of 30 parents": Kind(branch_of(_octopus)),
    "200 criss-cross merges": Kind(branch_of(_criss_cross)),
    "a ladder of 1,500 merges": Kind(branch_of(_ladder)),
    "one parent twice": Kind(branch_of(_one_parent_twice)),
    "a parent after the author": Kind(branch_of(_headers_in_wrong_order)),
    "dated back to front": Kind(branch_of(_folders)),
    "dates of 1970, 2106, 20000": Kind(_dated(b"0 +0000", b"4294967295 +0000", b"569000000000 +0000", b"1 +0000")),
    "dates beyond all numbers": Kind(
        _dated(b"-1 +0000", b"99999999999999999999 +0000", b"9223372036854775807 +0000", b"x y", b"")
    ),
    "time zones +9999, -1260, none": Kind(
        _dated(b"1790000000 +9999", b"1790000000 -1260", b"1790000000", b"1790000000 EST", b"1790000000 +02:00")
    ),
    "no author": Kind(branch_of(_without("author"))),
    "no author and no committer": Kind(branch_of(_without("people"))),
    "no message and no empty line": Kind(branch_of(_without("message"))),
    "authors with many < and >": Kind(
        _people(
            b"a <b <c> d> 1700000004 +0000",
            b"<<<>>> 1700000004 +0000",
            b"Ann 1700000004 +0000",
            b"<ann@example.org> 1700000004 +0000",
            b"Ann <ann@example.org 1700000004 +0000",
            b"Ann <> 1700000004 +0000",
        )
    ),
    "an e-mail of 60 kB": Kind(
        _people(b"Ann <%s> 1700000004 +0000" % (b"e" * 60_000), b"%s <e> 1700000004 +0000" % (b"n" * 60_000)),
        unlike_git="200 characters are kept",
    ),
    "a message of 10 MB": Kind(
        _messages(b"TP1 " + b"word " * (2 * MEGABYTE)), remark="message_cut", unlike_git="50,000 characters are kept"
    ),
    "a message of one million lines": Kind(
        _messages(b"TP1\n" * MEGABYTE), remark="message_cut", unlike_git="50,000 characters are kept"
    ),
    "NUL in messages and names": Kind(
        _chain((_lines(), b"TP1\0hidden\n"), (_lines(b"A\0n <a\0@b> 1700000004 +0000"), b"\0\0\0\n")),
        unlike_git="git ends at the NUL",
    ),
    "UTF-16 messages": Kind(
        _chain(
            (_lines(more=b"encoding UTF-16LE\n"), "TP1 terminé\n".encode("utf-16-le")),
            (_lines(more=b"encoding UTF-16\n"), "TP1 terminé\n".encode("utf-16")),
            (_lines(), "TP1 terminé\n".encode("utf-16")),
        ),
        unlike_git="git ends at the NUL",
    ),
    "many encodings": Kind(
        _in_encodings(
            ("ISO-8859-1", "latin-1"),
            ("ISO-8859-15", "iso-8859-15"),
            ("windows-1252", "cp1252"),
            ("SHIFT-JIS", "cp932"),
            ("EUC-JP", "euc_jp"),
            ("GB18030", "gb18030"),
            ("UTF-8", "utf-8"),
        )
    ),
    "unknown and false encodings": Kind(
        _in_encodings(("x-klingon", "latin-1"), ("UTF-8", "latin-1"), ("IDNA", "utf-8"), ("", "latin-1")),
        unlike_git="git shows the bytes as they are",
    ),
    "signatures and unknown headers": Kind(_messages(b"TP1\n", b"TP2\n", more=SIGNED)),
    "messages that are no text": Kind(_messages(b"TP1 \xed\xa0\x80 \xc0\x80 \xf5\x80\x80\x80\n", b"\xff\xfe\n")),
    "messages that dress up": Kind(_messages(*(text.encode() for text in ODD_WORDS))),
}
