"""The colours of source texts: a closed list of languages, the same text, and an end for every text."""

import os
import select
import subprocess
import sys
import time

import pytest
from pygments.lexers import get_lexer_by_name

from gitsync.reading import colours
from gitsync.reading.colours import LANGUAGES, MAX_CHARACTERS, NAMES, PROCESS, Colours, Part, language_of


@pytest.fixture(autouse=True)
def _end_the_process():
    yield
    PROCESS.stop()


@pytest.mark.parametrize(
    ("name", "language"),
    [
        ("tp1/a.py", "python"),
        ("Makefile", "make"),
        ("a.C", "c"),
        ("py", ""),
        ("a.unknown", ""),
        ("", ""),
        (".py", "python"),
    ],
)
def test_the_name_of_a_file_chooses_its_language(name, language):
    assert language_of(name) == language


def test_pygments_knows_each_language_of_the_list():
    for language in {*LANGUAGES.values(), *NAMES.values()}:
        assert get_lexer_by_name(language)


def test_the_parts_of_a_line_have_their_kinds():
    lines = Colours().lines("a.py", ["# one", "def f(): return '<b>' + 12"])
    assert lines is not None
    assert lines[0] == [Part("c", "# one")]
    assert [part for part in lines[1] if part.kind] == [
        Part("k", "def"),
        Part("k", "return"),
        Part("s", "'<b>'"),
        Part("n", "12"),
    ]


@pytest.mark.parametrize("text", ["", "a\r b\x00c\u2028d", "/* open\n\n\tend", "\ufeffint a;", "x = '\\ud83d'\n\n\n"])
def test_the_text_stays_the_same(text):
    lines = Colours().lines("a.c", text.split("\n"))
    assert lines is None or "\n".join("".join(part.text for part in line) for line in lines) == text
    assert text == "" or lines is not None


def test_a_large_text_has_no_colours_and_a_page_only_so_many():
    page = Colours()
    assert page.lines("a.py", ["a" * (MAX_CHARACTERS + 1)]) is None
    assert page.lines("a.py", ["a" * MAX_CHARACTERS]) is not None
    assert page.lines("a.py", ["a"]) is None


def test_a_text_that_takes_minutes_is_given_up_and_the_next_page_has_colours():
    hostile = ["<!--" * (MAX_CHARACTERS // 4)]
    began, page = time.monotonic(), Colours()
    assert page.lines("a.html", hostile) is None
    assert page.lines("a.py", ["a = 1"]) is None
    assert time.monotonic() - began < colours.WAIT_SECONDS + 20
    assert Colours().lines("a.py", ["a = 1"]) is not None


def test_a_process_that_ended_is_started_again():
    assert Colours().lines("a.py", ["a = 1"]) is not None
    PROCESS._process.kill()
    PROCESS._process.wait()
    assert Colours().lines("a.py", ["a = 1"]) is not None


KILLED = """
import os, signal
from gitsync.reading.colours import PROCESS, Colours
assert Colours().lines("a.py", ["a = 1"])
print(PROCESS._process.pid, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_the_process_ends_with_a_server_that_is_killed():
    killed = subprocess.run([sys.executable, "-c", KILLED], capture_output=True, text=True, check=False)
    try:
        process = os.pidfd_open(int(killed.stdout))
    except ProcessLookupError:
        return  # it has ended already
    assert select.select([process], [], [], 30)[0]
    os.close(process)
