"""Histories with unusual paths, headers, bytes or kinds of entries."""

from gitsync.tests.histories import make_commit


def odd_paths(work):
    work.commit("utf-8", **{"é tab\there": "1\n"})
    work.write("été/\U0001f600 “x”.java", "1\n2\n")
    work.write(b"latin-\xe9\xff.txt", "3\n")
    work.write("new\nline", "4\n")
    work.write('quote"back\\slash', "5\n")
    work.write("-dash", "6\n")
    work.commit("bytes")
    work.write(b"latin-\xe9\xff.txt", "three\n")
    work.commit("bytes changed")


def names_alike(work):
    work.commit("case", **{"TP1/Main.java": "1\n", "tp1/Main.java": "2\n", "tp1/main.java": "3\n"})
    work.write("e\u0301t\u00e9", "decomposed\n")
    work.write("\u00e9t\u00e9", "composed\n")
    work.commit("accents")
    work.write("tp1/Main.java", "two\n")
    work.commit("one of them")


def deep_paths(work):
    deep = "/".join(f"a folder of some length {n:03}" for n in range(60))
    work.commit("deep", **{f"{deep}/Main.java": "1\n"})
    work.commit("long name", **{"é" * 120: "1\n"})
    work.commit("both", **{f"{deep}/Main.java": "1\n2\n", "é" * 120: "2\n"})


def odd_dates(work):
    for n, date in enumerate(("1 +0000", "4102444800 +0000", "1770000000 +9999", "1770000000 -9959", "0 -1200")):
        work.write("a", f"{n}\n")
        work.git("add", "-A")
        raw = f"author B <b> {date}\ncommitter B <b> {date}\n\n{n}\n".encode()
        work.git("update-ref", "refs/heads/main", make_commit(work, raw, parent=work.head() if n else None))


def odd_persons(work):
    people = (b"a <b <c> d> 1700000004 +0000", b"a <b> > 7 +0000", b"<> 8 +0000", b"a <b>9 +0000", b"a<b> c <d> 10 -1")
    for n, person in enumerate(people):
        work.write("a", f"{n}\n")
        work.git("add", "-A")
        raw = b"author B <b> 5 +0000\ncommitter %s\nparent 0\n\nm\n" % person  # git ignores so late a parent
        work.git("update-ref", "refs/heads/main", make_commit(work, raw, parent=work.head() if n else None))


def before_the_epoch(work):
    work.commit("root", a="1\n")
    raw = b"author B <b> -86400 +0000\ncommitter B <b> 5 -0500\n\nold\n"
    work.write("a", "2\n")
    work.git("add", "-A")
    work.git("update-ref", "refs/heads/main", make_commit(work, raw, parent=work.head()))
    work.commit("after", a="3\n")


def nul_in_a_message(work):
    work.commit("root", a="1\n")
    work.write("a", "2\n")
    work.git("add", "-A")
    raw = b"author B <b> 5 +0000\ncommitter B <b> 5 +0000\n\nTP1\0done\xff\n"
    work.git("update-ref", "refs/heads/main", make_commit(work, raw, parent=work.head()))
    work.commit("after", a="3\n")


def more_headers(work):
    work.commit("root", a="1\n")
    work.write("a", "2\n")
    work.git("add", "-A")
    signature = b"gpgsig -----BEGIN PGP SIGNATURE-----\n \n tree 0000\n -----END PGP SIGNATURE-----\n"
    raw = b"author B <b> 5 +0000\ncommitter B <b> 5 +0000\n" + signature + b"x-other thing\n\nsigned\n"
    work.git("update-ref", "refs/heads/main", make_commit(work, raw, parent=work.head()))
    work.commit("after", a="3\n")


def messages(work):
    work.commit(b"Latin \xe9t\xe9", a="1\n")
    work.git("-c", "i18n.commitEncoding=ISO-8859-1", "commit", "-q", "--allow-empty", "-m", b"d\xe9j\xe0 vu")
    work.commit("two\n\nparagraphs\n", a="2\n")


def encodings(work):
    work.commit("utf-16", a="été\n".encode("utf-16"))
    work.commit("latin-1", a="été\n".encode("latin-1"))
    work.commit("bom", a=b"\xef\xbb\xbfx\n")
    work.commit("form feeds", a=b"1\x0c2\x0b3\xc2\x85\xe2\x80\xa8\n")


def submodule(work):
    sha = work.commit("root", a_txt="1\n")
    work.git("update-index", "--add", "--cacheinfo", f"160000,{sha},lib")
    work.git("commit", "-q", "-m", "added")
    work.git("update-index", "--cacheinfo", f"160000,{sha[::-1]},lib")
    work.git("commit", "-q", "-m", "moved")
    work.git("update-index", "--force-remove", "lib")
    work.git("commit", "-q", "-m", "removed")


def lfs_pointers(work):
    pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:{}\nsize 12345\n"
    work.commit("pointer", **{".gitattributes": "*.bin filter=lfs diff=lfs merge=lfs -text\n"})
    work.commit("first", **{"big.bin": pointer.format("a" * 64)})
    work.commit("second", **{"big.bin": pointer.format("b" * 64)})


def links(work):
    work.commit("root", a_txt="1\n")
    (work.folder / "link").symlink_to("a.txt")
    (work.folder / "out").symlink_to("../../../etc/passwd")
    (work.folder / "loop").symlink_to("loop")
    work.commit("links")
    (work.folder / "link").unlink()
    (work.folder / "link").symlink_to("b.txt")
    work.commit("elsewhere")
    (work.folder / "link").unlink()
    work.write("link", "1\n2\n")
    work.commit("a file again")


def types(work):
    work.commit("file", a="target\n", d__f="1\n")
    (work.folder / "a").unlink()
    (work.folder / "a").symlink_to("target")
    work.commit("became a link")
    (work.folder / "d" / "f").unlink()
    (work.folder / "d").rmdir()
    work.commit("folder became file", d="one\n")
    (work.folder / "d").chmod(0o755)
    work.commit("mode only")
    work.write("same", "no end")
    work.commit("plain")
    (work.folder / "same").unlink()
    (work.folder / "same").symlink_to("no end")
    work.commit("a link of the same bytes")


def file_and_folder(work):
    work.commit("file", x="1\n2\n")
    (work.folder / "x").unlink()
    work.commit("folder", x__y="1\n", x__z__w="2\n")
    for path in ("x/y", "x/z/w"):
        (work.folder / path).unlink()
    (work.folder / "x/z").rmdir()
    (work.folder / "x").rmdir()
    work.commit("file again", x="3\n")


def modes(work):
    work.commit("root", run="#!/bin/sh\n", b="1\n")
    (work.folder / "run").chmod(0o755)
    work.commit("mode alone")
    (work.folder / "run").chmod(0o644)
    work.commit("mode and content", run="#!/bin/sh\necho\n")


def attributes(work):
    work.commit("root", **{".gitattributes": "*.dat binary\n*.txt -diff\n"}, a_txt="1\n", b="2\n")
    work.commit("more", a_txt="1\n2\n", **{"x.dat": "text in truth\n"})


ODD = [
    odd_paths, names_alike, deep_paths, odd_dates, odd_persons, before_the_epoch, nul_in_a_message, more_headers,
    messages, encodings, submodule, lfs_pointers, links, types, file_and_folder, modes, attributes,
]  # fmt: skip
