"""The files in the page of a student's work, and raw: every kind and charset, odd names, and limits."""

import pytest

from courses.pages import work_files
from courses.tests.conftest import AFTER, BEFORE, text_of


def test_a_raw_file_is_plain_text_that_nothing_runs_or_keeps(pushed, get_work, teacher):
    answer = get_work(teacher, "task-work-file", commit=pushed[0], file="tp1/exercice1/a.py")
    assert answer.content == b"one = 1\n"
    assert answer["Content-Type"] == "text/plain; charset=utf-8"
    assert (answer["X-Content-Type-Options"], answer["Cache-Control"]) == ("nosniff", "no-store")
    assert answer["Content-Disposition"] == 'inline; filename="a.py"'


@pytest.mark.parametrize("query", [{}, {"file": "tp1/exercice2/b.txt"}, {"file": "../a.py"}, {"commit": "1" * 40}])
def test_there_is_no_raw_file_of_another_exercise_or_commit(school, pushed, get_work, teacher, query):
    chosen = {"commit": pushed[0], "file": "tp1/exercice1/a.py"} | query
    if not query:
        assert get_work(school.bob.person, "task-work-file", **chosen).status_code == 404
    else:
        assert get_work(teacher, "task-work-file", **chosen).status_code == 404


def test_files_of_every_kind_and_charset(push_work, get_work, teacher):
    work, folder = push_work("alice"), "tp1/exercice1"
    work.write(f"{folder}/latin.txt", "Été\n".encode("iso-8859-15"))
    work.write(f"{folder}/wide.txt", "Été\n".encode("utf-16"))
    work.write(f"{folder}/page.html", "<script>alert(1)</script>\n")
    work.write(f"{folder}/empty.txt", "")
    work.write(f"{folder}/picture.png", b"\x89PNG\0\1")
    work.write(f"{folder}/large.csv", "1;2\n" * 300_000)
    work.write(f"{folder}/x&y#?'.txt", "odd\n")
    sha = work.commit(at=BEFORE)
    push_work.read(work, "alice")

    def opened(name):
        return get_work(teacher, file=f"{folder}/{name}")

    def raw(name):
        return get_work(teacher, "task-work-file", commit=sha, file=f"{folder}/{name}")

    assert "Été" in text_of(opened("latin.txt"))
    assert "not UTF-8" in text_of(opened("latin.txt"))
    assert "Été" in text_of(opened("wide.txt"))
    assert '&lt;<span class="y-k">script</span>' in text_of(opened("page.html"))
    assert "<script>alert" not in text_of(opened("page.html"))
    assert "This file is empty." in text_of(opened("empty.txt"))
    assert "not text" in text_of(opened("picture.png"))
    assert "too large to show" in text_of(opened("large.csv"))
    assert "odd" in text_of(opened("x&y#?'.txt"))
    assert "file=tp1%2Fexercice1%2Fx%26y%23%3F%27.txt" in opened("x&y#?'.txt").content.decode()
    assert raw("latin.txt")["Content-Type"] == "text/plain; charset=iso-8859-15"
    assert raw("wide.txt")["Content-Type"] == "text/plain; charset=utf-16"
    assert raw("page.html")["Content-Type"] == "text/plain; charset=utf-8"
    for name in ("picture.png", "large.csv"):
        assert raw(name)["Content-Type"] == "application/octet-stream"
        assert raw(name)["Content-Disposition"].startswith("attachment")
    assert raw("x&y#?'.txt").content == b"odd\n"


def test_odd_names_links_and_submodules_are_shown_and_never_followed(push_work, get_work, teacher):
    work, folder = push_work("alice"), "tp1/exercice1"
    work.write(f"{folder}/\udce9\n<b>.py".encode(errors="surrogateescape"), "odd = 1\n")
    (work.folder / folder / "link.txt").symlink_to("/etc/passwd")
    work.commit(at=BEFORE)
    work.git("update-index", "--add", "--cacheinfo", f"160000,{'1' * 40},{folder}/module")
    work.git("commit", "-q", "-m", "module")
    sha = work.head()
    push_work.read(work, "alice")
    page = get_work(teacher)
    names = [file.name for file in page.context["page"].files]
    assert len(names) == 3
    odd = next(name for name in names if "<b>" in name)
    assert "&lt;b&gt;.py" in page.content.decode()
    assert "odd = " in get_work(teacher, file=odd).content.decode()
    assert get_work(teacher, "task-work-file", commit=sha, file=odd).content == b"odd = 1\n"
    assert "<code>/etc/passwd</code>" in text_of(get_work(teacher, file=f"{folder}/link.txt"))
    assert get_work(teacher, "task-work-file", commit=sha, file=f"{folder}/link.txt").content == b"/etc/passwd"
    assert "A submodule" in text_of(get_work(teacher, file=f"{folder}/module"))
    assert get_work(teacher, "task-work-file", commit=sha, file=f"{folder}/module").status_code == 404


def test_a_long_file_and_a_long_diff_say_how_to_read_the_rest(push_work, get_work, teacher, monkeypatch):
    monkeypatch.setattr(work_files, "MAX_LINES", 10)
    monkeypatch.setattr(work_files, "MAX_ALL_LINES", 20)
    monkeypatch.setattr(work_files, "MAX_DIFF_LINES", 15)
    work = push_work("alice")
    work.write("tp1/exercice1/a.py", "a = 1\n" * 30)
    work.commit(at=BEFORE)
    work.write("tp1/exercice1/a.py", "b = 1\n" * 30)
    work.write("tp1/exercice1/b.py", "b = 1\n")
    work.commit(at=AFTER)
    push_work.read(work, "alice")
    answer = get_work(teacher)
    assert "20 more lines: open the raw file" in text_of(answer)
    answer = get_work(teacher, state="after")
    page = answer.context["page"]
    assert [sum(map(len, item.diff.hunks)) for item in page.compared] == [15]
    assert (page.compared[0].diff.insertions, page.hidden_diffs) == (30, 1)
    assert "Too many lines changed" in text_of(answer)
    page = get_work(teacher, state="after", file="tp1/exercice1/b.py").context["page"]
    assert [item.diff.name for item in page.compared] == ["tp1/exercice1/b.py"]


def test_a_text_that_is_too_large_for_colours_is_shown_without_them(push_work, get_work, teacher, monkeypatch):
    monkeypatch.setattr("gitsync.reading.colours.MAX_CHARACTERS", 3)
    work = push_work("alice")
    work.write("tp1/exercice1/a.py", "a = 1\n")
    work.commit(at=BEFORE)
    push_work.read(work, "alice")
    answer = get_work(teacher)
    assert "too large for colours" in text_of(answer)
    assert "<code>a = 1</code>" in answer.content.decode()
