"""The matcher: examples of the specification, mistakes of the original, random input."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitsync.rules.matching import Exercise, Matcher, MatchResult, exercises_for_group

# Every example of the specification's last section, all in one course.
SPECIFICATION = [
    "/module1/ateliers/atelier2",
    "/module2/ateliers/atelier3",
    "/module1/tp3",
    "/module2/tp3",
    "/module2/ateliers/atelier2",
    "/semaine01/atelier1/exercice1",
    "/semaine01/atelier1/exercice2",
    "/semaine02/atelier2/exercice1",
]


def course(*folders: str, repo_path: str = "/") -> list[Exercise]:
    return [Exercise(folder, repo_path, folder) for folder in folders]


def match_path(path: str, repo_path: str, exercises: list[Exercise]) -> MatchResult:
    return Matcher(repo_path, exercises).match(path)


@pytest.mark.parametrize(
    ("folder", "exercise"),
    [
        ("module1/atelier2", "/module1/ateliers/atelier2"),
        ("module2/atelier3", "/module2/ateliers/atelier3"),
        ("module1/src/tp3", "/module1/tp3"),
        ("module2/src/tp3", "/module2/tp3"),
        ("module1/src/atelier2", "/module1/ateliers/atelier2"),
        ("module2/src/atelier2", "/module2/ateliers/atelier2"),
        ("marwane/atelier1/exercice1", "/semaine01/atelier1/exercice1"),
        ("marwane/atelier1/exercice2", "/semaine01/atelier1/exercice2"),
        ("marwane/atelier2/exercice1", "/semaine02/atelier2/exercice1"),
    ],
)
@pytest.mark.parametrize("file", ["Main.java", "A.java", "src/deep/main.py", "Makefile"])
def test_every_example_of_the_specification_holds_in_one_course(folder, exercise, file):
    assert match_path(f"{folder}/{file}", "/", course(*SPECIFICATION)).exercise_path == exercise


@pytest.mark.parametrize("path", ["module1/README.md", "README.md", ".gitignore", "module2/ateliers/notes.txt"])
def test_a_stray_file_has_no_exercise(path):
    assert match_path(path, "/", course(*SPECIFICATION)).reason == "none"


@pytest.mark.parametrize(
    ("folder", "path", "matches"),
    [
        ("/Étape 1/Atelier 4/Exercice 2", "src/atelier4/Exercise2.java", True),
        ("/tp1", "TP01/Main.java", True),
        ("/tp1", "tp_001/Main.java", True),
        ("/tp1", "TP-1/Main.java", True),
        ("/tp1", "TP 1/Main.java", True),
        ("/tp1", "travail pratique 1/Main.java", True),
        ("/Travail pratique 1", "tp1/Main.java", True),
        ("/travailpratique/3", "tp3/x.c", True),
        ("/tp3", "tp/3/x.c", True),
        ("/exercice4", "ex4.py", True),
        ("/semaine2", "Sem02/a.py", True),
        ("/atelier1", "atlier1/a.py", True),
        ("/exercice1", "Exercise1.java", True),
        ("/exercice1", "src/Exercice1Main.java", True),
        ("/atelier2", "MonAtelier2/a.py", True),
        ("/TravailPratique2", "travail_pratique_2/a.py", True),
        ("/Étape 1", "e\u0301tape1/a.py", True),
        ("/420-ZF5/AT04A", "420-ZF5/AT04A/main.py", True),
        ("/tp1", "tp10/Main.java", False),
        ("/tp10", "tp1/Main.java", False),
        ("/tp1", "pt1/Main.java", False),
        ("/tp1", "etape1/Main.java", False),
        ("/tp1", "atelier1/Main.java", False),
        ("/travail1", "tp1/Main.java", False),
        ("/tp1", "t1/Main.java", False),
        ("/tpre", "main.py", False),
        ("/etape", "atelier/a.py", False),
        ("/labo1", "lobo1/a.py", False),
        ("/tp1/exercice1", "tp1/exercice2/x.py", False),
    ],
)
def test_names_are_compared_as_words_and_numbers(folder, path, matches):
    assert match_path(path, "/", course(folder)).exercise_path == (folder if matches else "/")


def test_an_equal_word_outranks_an_abbreviation_and_a_typo():
    assert match_path("tp1/a.py", "/", course("/travailpratique1", "/tp1")).exercise_path == "/tp1"
    assert match_path("atelier1/a.py", "/", course("/atelier1", "/atelier s1", "/atelie1")).exercise_path == "/atelier1"


def test_a_folder_with_exactly_this_name_outranks_similar_ones():
    assert match_path("TP01/a.py", "/", course("/tp1", "/TP01", "/Tp-1")).exercise_path == "/TP01"


def test_a_match_is_exact_in_a_folder_of_exactly_this_name_and_else_fuzzy():
    assert match_path("/tp1/src/a.py", "/", course("/tp1")).reason == "exact"
    assert match_path("src/tp1/a.py", "/", course("/tp1")).reason == "fuzzy"
    assert match_path("tp1/main.py", "/", course("/tp1/main.py")).reason == "exact"


def test_a_real_tie_is_ambiguous_and_names_its_candidates():
    result = match_path("atelier1/a.py", "/", course("/module2/atelier1", "/module1/atelier1"))
    assert (result.exercise_path, result.reason) == ("/", "ambiguous")
    assert result.candidates == ("/module1/atelier1", "/module2/atelier1")


def test_the_shorter_folder_wins_when_equally_much_matches():
    assert match_path("x/tp3/a.py", "/", course("/module1/tp3", "/tp3")).exercise_path == "/tp3"


def test_the_deeper_exercise_wins_when_more_matches():
    watched = course("/tp1", "/tp1/exercice2")
    assert match_path("tp1/ex2/a.py", "/", watched).exercise_path == "/tp1/exercice2"
    assert match_path("tp1/notes.txt", "/", watched).exercise_path == "/tp1"


def test_the_order_of_the_parts_counts():
    assert match_path("src/ex1/tp1/x.py", "/", course("/tp1/ex1", "/ex1/tp1")).exercise_path == "/ex1/tp1"
    assert match_path("src/tp1/ex1/x.py", "/", course("/tp1/ex1", "/ex1/tp1")).exercise_path == "/tp1/ex1"


def test_a_root_exercise_gets_only_files_without_another_exercise():
    watched = [Exercise("/tout", "/", "/"), *course("/tp1")]
    assert match_path("tp1/a.py", "/", watched).exercise_path == "/tp1"
    assert match_path("src/travail1/tp01/a.py", "/", watched).exercise_path == "/tp1"
    assert match_path("README.md", "/", watched).exercise_path == "/tout"


def test_exercises_of_exactly_the_repository_path_exclude_others():
    watched = [Exercise("/a", "/tp1", "/ex1"), Exercise("/b", "/", "/ex1")]
    assert match_path("ex1/a.py", "/tp1", watched).exercise_path == "/a"
    assert match_path("ex1/a.py", "/", watched).exercise_path == "/b"


def test_paths_are_prefixed_when_the_repository_is_above_or_below():
    assert match_path("tp1/ex1/a.py", "/", [Exercise("/a", "/tp1", "/ex1")]).reason == "exact"
    assert match_path("ex1/a.py", "/tp1", [Exercise("/a", "/", "/tp1/ex1")]).reason == "exact"
    assert match_path("a.py", "/tps/tp1", [Exercise("/a", "/tps", "/tp1"), Exercise("/b", "/tps", "/tp2")]) == (
        match_path("tp1/a.py", "/tps", [Exercise("/a", "/tps", "/tp1")])
    )


def test_repository_paths_are_compared_on_whole_parts():
    assert match_path("ex1/a.py", "/tp1", [Exercise("/tp10", "/tp10", "/ex1")]).reason == "none"


def test_two_groups_never_make_a_match_ambiguous():
    rows = [
        Exercise("/tp1", "/", "/tp1", group_id="01"),
        Exercise("/tp1", "/", "/travail1", group_id="02"),
        Exercise("/tp1", "/", "/partout", group_id=""),
        Exercise("/tp2", "/", "/tp2", group_id=""),
    ]
    assert [(row.exercise_path, row.group_id) for row in exercises_for_group(rows, "01")] == [
        ("/tp1", "01"),
        ("/tp2", ""),
    ]
    assert [(row.exercise_path, row.group_id) for row in exercises_for_group(rows, "03")] == [
        ("/tp1", ""),
        ("/tp2", ""),
    ]
    assert match_path("tp1/a.py", "/", exercises_for_group(rows, "01")).exercise_path == "/tp1"


def test_odd_names_raise_no_error():
    for path in ("", "/", "\\xff\\xfe", "第一章/练习1.py", "a" * 5000 + "1" * 5000, "½/²/٣.txt", "....", "a\x00b/c"):
        Matcher("/", course("/tp1", "/第一章", "/***", "/٣")).match(path)
    assert match_path("第一章/练习1.py", "/", course("/第一章")).exercise_path == "/第一章"
    assert match_path("x/tp3/a", "/", course("/tp٣")).exercise_path == "/tp٣"
    assert match_path("***/a", "/", course("/***")).exercise_path == "/***"


names = st.sampled_from(["tp1", "TP01", "travail pratique 1", "exercice2", "ex2", "Ex 02", "src", "atelier", "A", "é1"])
paths = st.lists(names, min_size=1, max_size=4).map("/".join)
rows = st.builds(
    Exercise, paths.map("/{}".format), st.sampled_from(["/", "/tp1", "/tp10"]), paths.map("/{}".format), st.just("")
)


@given(st.lists(rows, max_size=8, unique_by=lambda row: row.exercise_path), paths, st.randoms(use_true_random=False))
def test_the_order_of_the_exercises_and_of_the_files_changes_nothing(exercises, path, rng: random.Random):
    shuffled = list(exercises)
    rng.shuffle(shuffled)
    first, second = Matcher("/tp1", exercises), Matcher("/tp1", shuffled)
    second.match("another/tp1/file.c")
    assert first.match(path) == second.match(path) == first.match("/" + path)
    result = first.match(path)
    assert (result.exercise_path == "/") == (result.reason in ("none", "ambiguous"))
    assert (len(result.candidates) > 1) == (result.reason == "ambiguous")


@pytest.mark.parametrize(
    ("path", "exercise"),
    [
        ("marwane/atelier2/exercice2/Main.java", "/"),  # the file: atelier 1 is contradicted
        ("marwane/atelier1/exercice2/Main.java", "/semaine01/atelier1/exercice2"),
        ("marwane/exercice2/Main.java", "/semaine01/atelier1/exercice2"),  # a part may be absent
        ("semaine03/atelier1/exercice2/Main.java", "/"),
        ("semaine3/semaine1/atelier1/exercice2/Main.java", "/semaine01/atelier1/exercice2"),  # 1 is there, too
        ("Semaine_02/exercice1/Main.java", "/semaine02/atelier2/exercice1"),
        ("semaine02/atelier1/exercice1/Main.java", "/"),
        ("exercice1/atelier2.java", "/semaine02/atelier2/exercice1"),
    ],
)
def test_a_contradicted_part_is_no_match(path, exercise):
    watched = course("/semaine01/atelier1/exercice1", "/semaine01/atelier1/exercice2", "/semaine02/atelier2/exercice1")
    assert match_path(path, "/", watched).exercise_path == exercise


def test_a_file_named_after_another_exercise_stays_in_the_exercise_of_its_folder():
    watched = course("/tp1/exercice1", "/tp1/exercice2")
    assert match_path("tp1/exercice1/exercice2.java", "/", course("/tp1/exercice1")).exercise_path == "/tp1/exercice1"
    assert match_path("tp1/exercice1/exercice2.java", "/", watched).reason == "exact"
    assert match_path("src/tp1/ex1/exercice2.java", "/", course("/tp1/exercice1")).exercise_path == "/tp1/exercice1"


def test_a_name_in_decomposed_unicode_is_the_same_name():
    assert match_path("E\u0301tape 1/Main.java", "/", course("/Étape 1")) == MatchResult("/Étape 1", "exact")
    assert match_path("src/e\u0301tape1/Main.java", "/", course("/Étape 1")) == MatchResult("/Étape 1", "fuzzy")


@given(st.text(max_size=60), st.text(max_size=30))
def test_any_text_gives_a_result(path, folder):
    assert match_path(path, "/", [Exercise("/x", "/", "/" + folder)]).reason in ("exact", "fuzzy", "none")
