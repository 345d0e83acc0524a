"""Any split of pushes gives the rows of one fresh import.

The pushes may be forced, and exercises change in between.
"""

import itertools
from typing import NamedTuple

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from gitsync.domain import registrations
from gitsync.syncing import rematch
from gitsync.tests import builders
from gitsync.tests.gitserver import START, git
from gitsync.values import CourseIds

pytestmark = pytest.mark.django_db
EXAMPLES = 20  # each makes several pushes over smart HTTP; run it by hand with 500 now and then
PATHS = ["tp1/Main.java", "tp2/a.py", "src/exercice1/x.c", "README", "tp1/exercice1/y"]
TEXTS = ["", "1\n", "1\n2\n3\n", "1\n3\n2", "\0binary"]
LINES = ["work", "TP1 done", "TP 2", "Exercice 1", "TP1 Exercice 1", ""]
EXERCISES = [("/tp1", "TP1"), ("/tp2", "TP2"), ("/exercice1", "Exercice 1"), ("/tp1/exercice1", "Ex 1")]
COURSE = CourseIds("ada", "H2027", "StruDon")


class Step(NamedTuple):
    """A commit. Parents are counted backwards from it; `minutes` shifts its date."""

    parents: list[int]
    files: dict[str, str]
    message: str
    minutes: int


class Push(NamedTuple):
    """A push: the commits of the two branches, and the exercise to watch from then on."""

    main: int
    side: int
    exercise: int


steps = st.lists(
    st.builds(
        Step,
        st.sampled_from([[1], [1], [1], [2], [1, 2], [1, 3], []]),
        st.dictionaries(st.sampled_from(PATHS), st.sampled_from(TEXTS), min_size=1, max_size=3),
        st.sampled_from(LINES),
        st.integers(-5, 5),
    ),
    min_size=3,
    max_size=9,
)
pushes = st.lists(
    st.builds(Push, st.integers(0, 9), st.integers(0, 9), st.integers(0, len(EXERCISES) - 1)), min_size=2, max_size=4
)


def test_any_split_of_pushes_gives_the_rows_of_one_fresh_import(git_server):
    numbers = itertools.count()
    results = []

    @given(steps=steps, pushes=pushes)
    @settings(
        max_examples=EXAMPLES,
        database=None,
        derandomize=True,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def split(steps, pushes):
        with transaction.atomic():
            results.append(push_in_parts(git_server, f"r{next(numbers)}", steps, pushes))
            transaction.set_rollback(True)

    split()
    assert len(results) >= EXAMPLES
    assert sum(forced for forced, _rows in results) >= EXAMPLES // 4  # histories were rewritten
    assert sum(bool(rows["matches"] and rows["completions"]) for _forced, rows in results) >= EXAMPLES // 4


def push_in_parts(git_server, name, steps, pushes):
    """Push step by step to one registration, and everything at once to another.

    Return the number of forced pushes, and the rows, which must be the same.
    """
    work = git_server.create(name)
    shas = make_commits(work, steps)
    bob = builders.registration(git_server.url(name))
    for push in pushes:
        main, side = (shas[at % len(shas)] for at in push[:2])
        work.push("--force", "origin", f"{main}:refs/heads/main", f"{side}:refs/heads/side")
        watch(*EXERCISES[push.exercise])
        builders.sync_now(bob)
    rows = builders.reachable_rows(bob)
    fresh = builders.fresh_import(git_server.url(name), git_server.host, f"/{name}.git")
    assert rows == builders.reachable_rows(fresh)
    ours = {row[0] for row in rows["commits"]}
    assert ours == set(git("rev-list", "main", cwd=work.bare).decode().split())
    return bob.repository.pushes.filter(forced=True).count(), rows


def watch(path, keywords):
    registrations.register_exercise(
        COURSE, exercise_path=path, repo_path="/", source_folder_path=path, completion_keywords=keywords
    )
    rematch.rematch_course(builders.course().pk)


def make_commits(work, steps):
    """Make the commits of these steps with git fast-import; return their shas."""
    stream = b""
    for at, step in enumerate(steps):
        date = f"{START + at * 60 + step.minutes * 60} +0100"
        parents = [at - back for back in step.parents if at - back >= 0]
        stream += f"reset refs/heads/c\ncommit refs/heads/c\nmark :{at + 1}\ncommitter Bob <bob@x> {date}\n".encode()
        stream += f"data {len(step.message)}\n{step.message}\n".encode()
        stream += "".join(
            f"{'merge' if place else 'from'} :{parent + 1}\n" for place, parent in enumerate(parents)
        ).encode()
        for path, text in sorted(step.files.items()):
            stream += f"M 100644 inline {path}\ndata {len(text)}\n{text}\n".encode()
        stream += b"\n"
    work.git("fast-import", "--quiet", "--force", "--export-marks=marks", data=stream)
    marks = dict(line.split() for line in (work.folder / "marks").read_text().splitlines())
    return [marks[f":{at + 1}"] for at in range(len(steps))]
