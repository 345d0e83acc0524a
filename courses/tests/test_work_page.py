"""The page of a student's files: commits, comparison, neighbours, raw files, encodings, and why there is nothing."""

import pytest
from django.urls import reverse

from courses.domain import roster, student_repositories
from courses.pages import work_commits, work_files
from courses.tests.conftest import AFTER, BEFORE
from gitsync.models import LocalCopy, Registration, Repository
from gitsync.reading.colours import PROCESS

DAY = 24 * 3600


@pytest.fixture(autouse=True)
def _end_the_colours():
    yield
    PROCESS.stop()


def text_of(answer):
    return " ".join(answer.content.decode().split())


def test_the_commits_have_their_files_and_lines(pushed, get_work, teacher):
    page = get_work(teacher).context["page"]
    assert [(row.sha, row.is_late, row.insertions, row.deletions) for row in page.commits] == [
        (pushed[1], True, 1, 0),
        (pushed[0], False, 1, 0),
    ]
    assert [file.path for file in page.commits[1].files] == ["tp1/exercice1/a.py"]
    assert (page.drawing.before, page.drawing.after, len(page.drawing.dots)) == (1, 1, 2)


def test_below_the_file_stands_what_came_after_the_deadline(pushed, get_work, teacher):
    answer = get_work(teacher)
    assert [item.diff.insertions for item in answer.context["page"].compared] == [1]
    assert '<span class="y-n">1</span>' in answer.content.decode()
    assert '<tr id="L1">' in answer.content.decode()


def test_two_commits_can_be_compared_in_both_directions(pushed, get_work, teacher):
    first, second = pushed
    page = get_work(teacher, state="between", **{"from": second, "to": first}).context["page"]
    assert [(item.diff.insertions, item.diff.deletions) for item in page.compared] == [(0, 1)]
    page = get_work(teacher, state="between", **{"from": first, "to": second}).context["page"]
    assert [(item.diff.insertions, item.diff.deletions) for item in page.compared] == [(1, 0)]
    assert {row.sha for row in page.choices} == {first, second}
    assert get_work(teacher, state="between", to="1" * 40).context["page"].commit is None


def test_the_neighbours_are_within_the_group_and_the_choice_stays(school, pushed, get_work, teacher, person):
    person("carla", last_name="Zola")
    roster.enrol(teacher, school.course, username="carla", group_id="A1")
    answer = get_work(teacher, state="now", file="tp1/exercice1/a.py")
    pager = answer.context["pager"]
    assert (pager.before, pager.after.username, pager.total) == (None, "bob", 3)
    assert "state=now&amp;file=tp1%2Fexercice1%2Fa.py" in answer.content.decode()
    pager = get_work(teacher, group="A1").context["pager"]
    assert (pager.after.username, pager.total) == ("carla", 2)


def test_an_assistant_of_a_group_goes_through_its_students_only(school, pushed, get_work, teacher, person):
    helper = person("helper")
    enrolment = roster.enrol(teacher, school.course, username="helper", group_id="", role="assistant")
    enrolment.assisted_groups.set([school.alice.group])
    pager = get_work(helper).context["pager"]
    assert (pager.before, pager.after, pager.total) == (None, None, 1)
    assert get_work(helper, student="bob").status_code == 404


def test_a_student_has_neither_neighbours_nor_tabs(school, pushed, get_work):
    answer = get_work(school.alice.person)
    assert answer.context["pager"] is None
    assert reverse("course-roster", args=[school.course.pk]) not in answer.content.decode()


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


def test_older_commits_are_shown_on_demand(pushed, get_work, teacher, monkeypatch):
    monkeypatch.setattr("courses.pages.work.MAX_LISTED", 1)
    assert "Show 1 older commit" in text_of(get_work(teacher))
    assert get_work(teacher, commits="all").context["page"].unlisted == 0
    monkeypatch.setattr("courses.pages.work.MAX_ALL_LISTED", 1)
    assert "Older commits are on the page of the student." in text_of(get_work(teacher, commits="all"))
    assert work_commits.MAX_LISTED == 8


def test_nothing_at_the_deadline_says_when_the_first_commit_came(push_work, get_work, teacher):
    work = push_work("alice")
    work.write("tp1/exercice1/a.py", "a\n")
    work.commit(at=AFTER)
    push_work.read(work, "alice")
    assert "The first commit came 3 h after the deadline." in text_of(get_work(teacher))
    page = get_work(teacher, state="after").context["page"]
    assert [(item.diff.old, item.diff.insertions) for item in page.compared] == [(None, 1)]


def test_files_that_no_commit_of_the_student_changed_are_called_so(push_work, get_work, teacher, school):
    from courses.git import starters

    work = push_work("alice")
    work.write("tp1/exercice1/a.py", "given\n")
    given = work.commit(at=BEFORE - DAY)
    starters.name_starter(school.course, "", given, "")
    push_work.read(work, "alice")
    answer = get_work(teacher)
    assert answer.context["page"].untouched
    assert "These files were handed out" in text_of(answer)
    assert not answer.context["page"].commits


def test_an_exercise_without_files_leads_to_now(push_work, get_work, teacher):
    work = push_work("alice")
    work.commit(at=BEFORE, readme="hello\n")
    work.write("tp1/exercice1/a.py", "a\n")
    work.commit(at=AFTER)
    push_work.read(work, "alice")
    answer = get_work(teacher)
    assert "no file that belongs to this exercise" in text_of(answer)
    assert "state=now" in answer.content.decode()


def test_the_page_says_why_there_is_nothing(school, push_work, get_work, teacher):
    assert "The student has not given a repository." in text_of(get_work(teacher))
    assert "Give the address of your repository." in text_of(get_work(school.alice.person))
    student_repositories.give_repository(
        school.alice.person, school.alice, repo_path="/depot", url="https://git.example/alice/work.git"
    )
    Registration.objects.update(confirmed=True)
    assert "after the first read" in text_of(get_work(teacher))
    LocalCopy.objects.update(status=LocalCopy.Status.FAILING, reason="not_found")
    assert "cannot be read" in text_of(get_work(teacher))
    Registration.objects.update(confirmed=False)
    Repository.objects.update(public=False)
    page = text_of(get_work(teacher))
    assert "until the teacher confirms" in page
    assert reverse("course-repositories-confirm", args=[school.course.pk]) in page
    assert reverse("course-repositories-confirm", args=[school.course.pk]) not in text_of(get_work(school.alice.person))


def test_a_missing_store_is_said_in_words(pushed, get_work, teacher):
    from gitsync.git import store

    folder = LocalCopy.objects.get().folder
    store.path_of(folder).rename(store.path_of(folder).with_suffix(".gone"))
    assert "missing or damaged" in text_of(get_work(teacher))


@pytest.mark.parametrize("query", [{}, {"state": "now"}, {"state": "after"}, {"state": "between"}])
def test_the_number_of_queries_does_not_grow(query, school, push_work, get_work, teacher, person, assert_flat):
    work = push_work("alice")
    for number in range(3):
        work.write(f"tp1/exercice1/{number}.py", "a\n")
        work.commit(at=BEFORE + number)
    push_work.read(work, "alice")

    def grow():
        for number in range(8):
            person(f"student{number}")
            roster.enrol(teacher, school.course, username=f"student{number}", group_id="A1")
            work.write(f"tp1/exercice1/x{number}.py", "a\n")
            work.commit(at=AFTER + number)
        push_work.read(work, "alice")

    assert_flat(lambda: get_work(teacher, **query), grow, limit=30)
