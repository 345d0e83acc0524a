"""Histories made with the git client: shapes of the graph and kinds of change."""

from gitsync.tests.odd_scenarios import ODD


def root(work):
    work.commit("root", a_txt="1\n2\n3\n", dir__b_txt="x\n")


def empty_commit(work):
    work.commit("root", a_txt="1\n")
    work.commit("nothing at all")
    work.commit("")


def merge(work):
    work.commit("root", a_txt="1\n2\n3\n")
    work.git("checkout", "-q", "-b", "side")
    work.commit("side", b_txt="b\n")
    work.git("checkout", "-q", "main")
    work.commit("main", c_txt="c\n")
    work.git("merge", "-q", "--no-ff", "-m", "merge", "side")


def octopus(work):
    work.commit("root", a_txt="1\n")
    for name in ("x", "y", "z"):
        work.git("checkout", "-q", "-b", name, "main")
        work.commit(name, **{name: name})
    work.git("checkout", "-q", "main")
    work.git("merge", "-q", "-m", "three at once", "x", "y", "z")


def evil_merge(work):
    merge(work)
    work.write("a.txt", "changed in the merge\n")
    work.git("add", "-A")
    work.git("commit", "-q", "--amend", "--no-edit")


def rename(work):
    work.commit("root", old_txt="1\n2\n3\n4\n5\n")
    work.git("mv", "old.txt", "new.txt")
    work.commit("moved")
    work.git("mv", "new.txt", "newer.txt")
    work.commit("moved and changed", newer_txt="1\n2\n3\n4\nsix\n")


def binary(work):
    work.commit("root", image=b"\x89PNG\0\0\1\2", text_txt="t\n")
    work.commit("changed", image=b"\x89PNG\0\0\1\3" * 10)
    work.commit("became text", image=b"plain\ntext\n")
    work.commit("late nul is text", image=b"a\n" * 5000 + b"\0")
    work.git("rm", "-q", "image")
    work.commit("gone")


def line_ends(work):
    work.commit("crlf", a_txt=b"1\r\n2\r\n3\r\n")
    work.commit("lf", a_txt=b"1\n2\n3\n")
    work.commit("no final newline", a_txt=b"1\n2\n3")
    work.commit("again", a_txt=b"1\n2\n3\n4")
    work.commit("old mac", a_txt=b"1\r2\r3\r")
    work.commit("empty", a_txt=b"")


def large(work):
    work.commit("20,000 lines", big="".join(f"{n}\n" for n in range(20_000)))
    work.commit("a few", big="".join(f"{n}\n" if n % 1000 else "x\n" for n in range(20_000)))
    work.commit("few distinct", big="".join(f"{n % 7}\n" for n in range(20_000)))


def copied(work):
    work.commit("root", a_txt="1\n2\n3\n4\n5\n")
    work.commit("copied", b_txt="1\n2\n3\n4\n5\n")
    work.commit("both changed", a_txt="1\n2\n3\n4\nsix\n", c_txt="1\n2\n3\n4\n5\n")


def criss_cross(work):
    work.commit("root", a_txt="1\n2\n3\n")
    work.git("checkout", "-q", "-b", "left")
    left = work.commit("left", b_txt="left\n")
    work.git("checkout", "-q", "-b", "right", "main")
    work.commit("right", c_txt="right\n")
    work.git("merge", "-q", "--no-ff", "-m", "one way", left)
    work.git("checkout", "-q", "left")
    work.git("merge", "-q", "--no-ff", "-m", "the other way", "right~1")
    work.git("merge", "-q", "--no-ff", "-m", "crossed", "right")
    work.git("checkout", "-q", "main")
    work.git("merge", "-q", "--ff-only", "left")


def conflict(work):
    merge(work)
    work.git("checkout", "-q", "-b", "other")
    work.commit("theirs", a_txt="1\ntheirs\n3\n")
    work.git("checkout", "-q", "main")
    work.commit("ours", a_txt="1\nours\n3\n")
    work.git("merge", "-q", "-s", "ours", "-m", "ours it is", "other")
    work.git("revert", "--no-edit", "HEAD~1")


def unrelated_histories(work):
    work.commit("root", a_txt="1\n")
    work.git("checkout", "-q", "--orphan", "second")
    work.git("rm", "-rfq", ".")
    work.commit("a second root", z_txt="1\n2\n")
    work.git("checkout", "-q", "main")
    work.git("merge", "-q", "--allow-unrelated-histories", "-m", "both", "second")


def many_files(work):
    work.commit("root", **{f"d{n % 7}/f{n}": f"{n}\n" * (n % 5) for n in range(300)})
    work.git("rm", "-rq", "d3")
    work.commit("a folder gone")


def repeated_lines(work):
    work.commit("blank", a="\n" * 500 + "x\n" + "\n" * 500)
    work.commit("moved", a="\n" * 300 + "x\n" + "\n" * 700)
    work.commit("braces", b="{\n}\n" * 200)
    work.commit("braces and more", b="{\n  x\n}\n" * 150)


def reverted_and_again(work):
    work.commit("root", a="1\n2\n")
    work.commit("TP1", a="1\n2\n3\n")
    work.git("revert", "--no-edit", "HEAD")
    work.git("revert", "--no-edit", "HEAD")


SCENARIOS = [
    root, empty_commit, merge, octopus, evil_merge, rename, binary, line_ends, large, copied, criss_cross, conflict,
    unrelated_histories, many_files, repeated_lines, reverted_and_again, *ODD,
]  # fmt: skip
