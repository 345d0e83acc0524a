"""The page of a student's files: commits, comparison, neighbours, and why there is nothing."""

import pytest
from django.urls import reverse

from courses.domain import roster, student_repositories
from courses.pages import work_commits
from courses.tests.conftest import AFTER, BEFORE, text_of
from gitsync.models import LocalCopy, Registration, Repository

DAY = 24 * 3600


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
