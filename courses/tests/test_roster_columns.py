"""The guess of the columns of a file of people: from titles in French and English, and from the content."""

import pytest

from courses.rules.roster_columns import guess_columns


def guess(*lines: str) -> tuple[list[str], int]:
    columns, head_lines = guess_columns([line.split(";") for line in lines])
    return [str(column) for column in columns], head_lines


@pytest.mark.parametrize(
    ("head", "columns"),
    [
        ("Nom;Prénom;Matricule;Courriel;Groupe", ["last_name", "first_name", "username", "email", "group"]),
        ("No de DA;Nom de l’étudiant;Programme", ["username", "full_name", ""]),
        (
            "First name;Surname;ID number;Email address;Groups",
            ["first_name", "last_name", "username", "email", "group"],
        ),
        ("Student;ID;SIS User ID;SIS Login ID;Section", ["full_name", "", "", "username", "group"]),
        ("NOM;GR.", ["full_name", "group"]),
        ("Adresse e-mail;Groupe", ["email", "group"]),
    ],
)
def test_titles_in_french_and_english_name_the_columns(head, columns):
    assert guess(head, ";".join("abcde"[: len(columns)])) == (columns, 1)


def test_a_title_above_the_columns_is_no_person():
    assert guess("Collège, automne 2026", "", "Nom;Prénom;Groupe", "Roy;Ama;A1") == (
        ["last_name", "first_name", "group"],
        3,
    )


@pytest.mark.parametrize(
    ("lines", "columns"),
    [
        (["Ama Mensah <ama@school.example>;A2", "j.kowal@school.example;A2"], ["email", "group"]),
        (["1234567;Roy;Ama;A1", "2345678;Roy;Luc;A2"], ["username", "last_name", "first_name", "group"]),
        (["ama.m;A1", "luc.r;A1"], ["username", "group"]),
        (["Ama Mensah", "Luc Roy"], ["full_name"]),
        (["Ama Mensah;ama@school.example", "Luc Roy;luc@school.example"], ["full_name", "email"]),
        (["roy@school.example"], ["email"]),
    ],
)
def test_without_titles_the_content_tells_the_columns(lines, columns):
    assert guess(*lines) == (columns, 0)


def test_an_untitled_file_of_nothing_known_names_no_column_wrongly():
    assert guess_columns([]) == ([], 0)
    assert guess("Programme;Session", "420.B0;A2026")[0].count("email") == 0
