"""Trees that tests write byte by byte, also those that no git client writes."""

FILE, EXECUTABLE, LINK, FOLDER, SUBMODULE = "100644", "100755", "120000", "40000", "160000"


def entry(mode, name, sha):
    """Return the bytes of one entry of a tree."""
    return b"%s %s\0" % (mode.encode(), name if isinstance(name, bytes) else name.encode()) + bytes.fromhex(sha)


def stored(work, kind, content):
    """Store an object as it is, valid or not, and return its sha."""
    sha = work.git("hash-object", "-t", kind, "-w", "--literally", "--stdin", data=content)
    return sha.decode().strip()


def tree_of(work, *entries):
    """Store a tree with these entries, and return its sha."""
    return stored(work, "tree", b"".join(entries))
