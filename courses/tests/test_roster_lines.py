"""The lines of a file of people, read with the chosen columns, and the lines that contradict each other."""

import pytest

from courses.rules.roster_contradictions import find_repetitions
from courses.rules.roster_lines import proposed_group_id, proposed_username, read_people, split_name
from courses.rules.unique_names import UniqueNames

COLUMNS = ["username", "email", "full_name", "group"]


def read(*lines: str, columns=COLUMNS):
    return read_people([(number, line.split(";")) for number, line in enumerate(lines, start=1)], columns)


def problem_of(line: str) -> tuple[str, str]:
    problem = read(line)[0].problem
    assert problem
    return str(problem.column), problem.sentence


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("Alice Martin", ("Alice", "Martin")),
        ("Martin, Alice", ("Alice", "Martin")),
        ("DE LA TOUR Anne Marie", ("Anne Marie", "DE LA TOUR")),
        ("فاطمة الزهراء", ("فاطمة", "الزهراء")),
        ("Ama", ("Ama", "")),
    ],
)
def test_a_full_name_has_a_first_and_a_last_name(name, parts):
    assert split_name(name) == parts


def test_an_address_with_a_name_gives_both():
    (person,) = read("Ama Mensah <ama@school.example>;A2", columns=["email", "group"])
    assert (person.email, person.first_name, person.last_name, person.group) == (
        "ama@school.example",
        "Ama",
        "Mensah",
        "A2",
    )


@pytest.mark.parametrize(
    ("line", "column", "words"),
    [
        ("a b;;Ama;", "username", "“a b” is not a user name"),
        (";ama@;Ama;", "email", "“ama@” is not an e-mail address"),
        (";a@b.example\nBcc: x@y.example;Ama;", "email", "not an e-mail address"),
        (";;Am\u202ea;", "full_name", "cannot be seen (U+202E)"),
        (";;" + "x" * 151 + ";", "full_name", "longer than 150"),
        (";;Ama;" + "g" * 121, "group", "longer than 120"),
        (";;;A1", "", "names nobody"),
    ],
)
def test_a_wrong_cell_is_named_with_its_column_and_reason(line, column, words):
    found_column, sentence = problem_of(line)
    assert found_column == column and words in sentence


@pytest.mark.parametrize(
    ("name", "kept"),
    [('"=1+1" O’Neil', '"=1+1" O’Neil'), ("'=cmd|x", "=cmd|x"), ("Ama\nMensah", "Ama Mensah"), ("Zoe\u0301", "Zoé")],
)
def test_a_strange_name_is_kept_as_text_of_one_line(name, kept):
    (person,) = read(f"1;;{name};")
    assert person.problem is None and person.display_name == kept


@pytest.mark.parametrize(
    ("line", "username"),
    [
        (";Élodie.Ça+tp@school.example;;", "elodie.ca.tp"),
        (";;Élodie  d’Arc;", "elodie.d.arc"),
        (";;فاطمة;", "student"),
    ],
)
def test_a_user_name_is_proposed_without_accents(line, username):
    person = read(line)[0]._replace(email=line.split(";")[1])
    assert proposed_username(person) == username


def test_proposed_names_are_unique_whatever_their_capital_letters():
    names = UniqueNames(["Ama", "ama-3"])
    assert [names.take_free("ama") for _ in range(3)] == ["ama-2", "ama-4", "ama-5"]


@pytest.mark.parametrize(("title", "group_id"), [("Groupe 01", "groupe-01"), ("A1", "A1"), ("مجموعة", "group")])
def test_a_group_gets_an_id_from_its_title(title, group_id):
    assert proposed_group_id(title) == group_id


def repetitions(*lines: str):
    return find_repetitions(read(*lines), lambda person: None)


def test_the_same_line_again_says_the_same():
    found = repetitions("1;a@x.example;Ama;A1", "1;A@x.example;AMA;a1")
    assert found.contradictions == {} and found.repeated == {2: "Line 1 says the same."}


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("1;;Ama;A2", "into another group"),
        ("1;;Luc;A1", "another name"),
        ("2;a@x.example;Ama;A1", "another user name"),
        ("1;b@x.example;Ama;A1", "another e-mail address"),
    ],
)
def test_lines_that_contradict_each_other_name_each_other(line, words):
    found = repetitions("1;a@x.example;Ama;A1", line).contradictions
    assert words in found[1] and "Line 2" in found[1] and "Line 1" in found[2]


def test_two_people_of_one_name_and_nothing_else_are_a_contradiction():
    assert "same name" in repetitions(";;Ama Roy;A1", ";;AMA ROY;A1").contradictions[2]
