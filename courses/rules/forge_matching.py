"""Propose which student a repository of a forge belongs to, from addresses, people and names. Pure functions.

The surest sign decides: the e-mail address or the login of a person who works in the repository, then its name, then
an address that a student gave. Two students with the same sign are a question for the teacher, and so are two
repositories with the same sign for one student. An address that a student gave never makes a private repository theirs:
anybody can type the address of another student's repository.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum

from kernel.text.folding import fold_for_search

PARTS = re.compile(r"[^\W_]+")
SHORTEST_NAME = 3  # characters of a user name that may stand inside the name of a repository
LONGEST_RUN = 4  # parts of a repository's name that together may be a person's name


class Sign(IntEnum):
    """How sure a match is; a greater number is surer."""

    GIVEN = 1
    NAME = 2
    MEMBER = 3
    EMAIL = 4


@dataclass(frozen=True)
class Student:
    """A student of the course. `key` is the key of the enrolment."""

    key: int
    username: str
    first_name: str
    last_name: str
    email: str


@dataclass(frozen=True)
class Listed:
    """A listed repository. `given_by` is the key of the student who gave its address, `people` are login and e-mail."""

    key: int
    full_name: str
    given_by: int | None = None
    people: Collection[tuple[str, str]] = ()
    is_private: bool = True


@dataclass(frozen=True)
class Proposal:
    """The student of a repository, or None. `candidates` are the keys of all who come into question.

    With the sign GIVEN and no student, the one candidate gave the address of a private repository.
    """

    student: int | None
    sign: Sign | None
    candidates: tuple[int, ...] = ()
    is_twice: bool = False


class StudentIndex:
    """The students of a course by everything that may name them."""

    def __init__(self, students: Iterable[Student]) -> None:
        self._by_email: dict[str, set[int]] = defaultdict(set)
        self._by_login: dict[str, set[int]] = defaultdict(set)
        self._by_name: dict[str, set[int]] = defaultdict(set)
        for student in students:
            mailbox = student.email.partition("@")[0]
            if student.email:
                self._by_email[student.email.casefold()].add(student.key)
            for login in {student.username, mailbox} - {""}:
                self._by_login[login.casefold()].add(student.key)
                self._add_name(PARTS.findall(fold_for_search(login)), student.key)
            first, last = (
                PARTS.findall(fold_for_search(student.first_name)),
                PARTS.findall(fold_for_search(student.last_name)),
            )
            if first and last:
                self._add_name(first + last, student.key)
                self._add_name(last + first, student.key)

    def find(self, repository: Listed) -> tuple[Sign | None, set[int]]:
        """Return the surest sign of a repository and the students that it names."""
        by_email = {key for _login, email in repository.people for key in self._by_email.get(email.casefold(), ())}
        if by_email:
            return Sign.EMAIL, by_email
        by_login = {key for login, _email in repository.people for key in self._by_login.get(login.casefold(), ())}
        if by_login:
            return Sign.MEMBER, by_login
        by_name = self._named_in(repository.full_name)
        if by_name:
            return Sign.NAME, by_name
        return (None, set()) if repository.given_by is None else (Sign.GIVEN, {repository.given_by})

    def _named_in(self, full_name: str) -> set[int]:
        """Return the students whose name stands as whole parts in the last part that names anybody.

        The longest name wins: `tp-ada-lovelace` is not of a student `ada`.
        """
        for segment in reversed(full_name.split("/")):
            parts = PARTS.findall(fold_for_search(segment))
            for length in range(min(LONGEST_RUN, len(parts)), 0, -1):
                runs = ("".join(parts[at : at + length]) for at in range(len(parts) - length + 1))
                if found := {key for run in runs for key in self._by_name.get(run, ())}:
                    return found
        return set()

    def _add_name(self, parts: Sequence[str], key: int) -> None:
        name = "".join(parts)
        if len(name) >= SHORTEST_NAME:
            self._by_name[name].add(key)


def propose(repositories: Iterable[Listed], students: Iterable[Student]) -> dict[int, Proposal]:
    """Return a proposal for each repository, by its key."""
    index, listed = StudentIndex(students), list(repositories)
    found = {repository.key: index.find(repository) for repository in listed}
    private = {repository.key for repository in listed if repository.is_private}
    best: dict[int, Sign] = {}
    for sign, keys in found.values():
        if sign is not None and len(keys) == 1:
            (key,) = keys
            best[key] = max(best.get(key, sign), sign)
    wanted = Counter(key for sign, keys in found.values() if len(keys) == 1 for key in keys if sign == best[key])
    proposals = {}
    for repository_key, (sign, keys) in found.items():
        candidates = tuple(sorted(keys))
        if len(keys) != 1:
            proposals[repository_key] = Proposal(None, None, candidates)
        elif sign == Sign.GIVEN and repository_key in private:
            proposals[repository_key] = Proposal(None, sign, candidates)
        elif sign == best[candidates[0]] and wanted[candidates[0]] == 1:
            proposals[repository_key] = Proposal(candidates[0], sign, candidates)
        else:
            proposals[repository_key] = Proposal(None, None, candidates, is_twice=True)
    return proposals
