"""Tests of the proposals who a repository of a forge belongs to."""

from typing import Any

import pytest

from courses.rules.forge_matching import Listed, Proposal, Sign, Student, propose

ADA = Student(1, "ada", "Ada", "Lovelace", "ada.lovelace@school.example")
ZOE = Student(2, "zmartin", "Zoé", "Martin", "zoe.martin@school.example")
LEO = Student(3, "lmartin", "Léo", "Martin", "leo.martin@school.example")
CLASS = [ADA, ZOE, LEO]


def proposal(name: str, **values: Any) -> Proposal:
    return propose([Listed(7, name, **values)], CLASS)[7]


@pytest.mark.parametrize(
    ("name", "student"),
    [
        ("ada", 1),
        ("ADA-tp", 1),
        ("ada/sysprog", 1),
        ("sysprog-zmartin", 2),
        ("tp1_zoe.martin", 2),
        ("Martin-Zoe", 2),
        ("martin-léo-2026", 3),
        ("lovelace_ada", 1),
        ("canada", None),
        ("martin", None),
        ("starter", None),
        ("", None),
    ],
)
def test_a_name_of_whole_parts_names_the_student(name: str, student: int | None) -> None:
    assert proposal(name).student == student


def test_the_longest_name_wins() -> None:
    al = Student(4, "lovelace", "Al", "Lovelace", "")
    assert propose([Listed(7, "tp-ada-lovelace")], [ADA, al])[7].student == 1


def test_a_person_is_surer_than_the_name() -> None:
    found = proposal("ada", people=[("ZMartin", "")])
    assert (found.student, found.sign) == (2, Sign.MEMBER)
    found = proposal("ada", people=[("zmartin", "Leo.Martin@School.example")])
    assert (found.student, found.sign) == (3, Sign.EMAIL)


def test_two_people_are_a_question() -> None:
    assert proposal("tp", people=[("zmartin", ""), ("lmartin", "")]) == Proposal(None, None, (2, 3))


def test_two_repositories_of_one_student_are_a_question() -> None:
    found = propose([Listed(1, "tp-ada"), Listed(2, "tp2-ada"), Listed(3, "lmartin")], CLASS)
    assert [found[key].student for key in (1, 2, 3)] == [None, None, 3]
    assert found[1].is_twice and found[1].candidates == (1,)


def test_the_surer_of_two_repositories_is_proposed() -> None:
    found = propose([Listed(1, "tp-ada"), Listed(2, "thing", people=[("ada", "")])], CLASS)
    assert (found[1].student, found[2].student) == (None, 1)


def test_an_address_that_a_student_gave_takes_no_private_repository() -> None:
    assert proposal("thing", given_by=2) == Proposal(None, Sign.GIVEN, (2,))
    assert proposal("thing", given_by=2, is_private=False).student == 2
    assert proposal("tp-ada", given_by=2).student == 1
    assert proposal("tp-ada", given_by=2, is_private=False).student == 1


def test_a_thousand_students_and_two_thousand_repositories() -> None:
    students = [Student(n, f"s{n:04}", f"First{n}", f"Last{n}", f"s{n:04}@school.example") for n in range(1000)]
    found = propose([Listed(n, f"tp-s{n:04}") for n in range(2000)], students)
    assert [found[n].student for n in range(2000)] == [*range(1000), *[None] * 1000]
