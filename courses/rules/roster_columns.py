"""Guesses the columns of a file of people: from their titles in French or English, and from their content. Pure."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from courses.models import RosterColumn
from kernel.text.folding import fold_for_search

SEARCHED = 10  # lines in which the titles of the columns may come first
SAMPLE = 200  # lines whose content is read for a guess
LONGEST_TITLE = 60  # characters

# Titles without accents, capital letters and signs. The first ones are the better user names.
TITLES: dict[RosterColumn, tuple[str, ...]] = {
    RosterColumn.USERNAME: (
        "user name", "username", "login", "login id", "sis login id", "nom d utilisateur", "nom utilisateur",
        "utilisateur", "identifiant", "compte", "user id", "userid", "code permanent", "matricule", "student id",
        "studentid", "student number", "student no", "numero d etudiant", "numero etudiant", "no etudiant",
        "no d etudiant", "n etudiant", "numero de da", "numero da", "no de da", "no da", "da", "code etudiant",
        "id number", "numero d identification", "sis user id", "sis id", "numero", "no", "code", "id",
    ),
    RosterColumn.EMAIL: (
        "e mail", "email", "mail", "courriel", "mel", "email address", "e mail address", "mail address",
        "adresse e mail", "adresse email", "adresse mail", "adresse courriel", "adresse de courriel",
        "adresse electronique", "courrier electronique", "adresse de messagerie", "primary email",
    ),
    RosterColumn.FIRST_NAME: (
        "first name", "firstname", "given name", "given names", "forename", "prenom", "prenoms", "prenom s",
        "prenom usuel",
    ),
    RosterColumn.LAST_NAME: (
        "last name", "lastname", "surname", "family name", "nom de famille", "nom usuel", "nom s", "nom", "noms",
    ),
    RosterColumn.FULL_NAME: (
        "full name", "name", "display name", "student name", "student", "participant", "person", "nom complet",
        "nom et prenom", "nom prenom", "prenom et nom", "prenom nom", "nom de l etudiant", "nom de l eleve",
        "etudiant", "etudiante", "eleve", "personne",
    ),
    RosterColumn.GROUP: (
        "group", "groups", "group name", "group id", "groupe", "groupes", "groupe s", "gr", "grp", "no groupe",
        "no de groupe", "numero de groupe", "nom du groupe", "section", "class", "classe", "cohort", "cohorte", "td",
        "tp",
    ),
    RosterColumn.TEAM: (
        "team", "teams", "team name", "project team", "equipe", "equipes", "nom de l equipe", "nom d equipe",
        "no d equipe", "numero d equipe", "binome", "trinome",
    ),
}  # fmt: skip
RANKS = {title: (column, rank) for column, titles in TITLES.items() for rank, title in enumerate(titles)}


class Guess(NamedTuple):
    """The guessed kind of each column, "" for a column to ignore, and how many of the first lines are no people."""

    columns: list[str]
    head_lines: int


def guess_columns(lines: Sequence[Sequence[str]]) -> Guess:
    """Guess the columns of these lines of cells. A title or a date may stand above the titles of the columns."""
    width = max((len(cells) for cells in lines), default=0)
    for index, cells in enumerate(lines[:SEARCHED]):
        titles = [RANKS.get(_normalized(cell)) for cell in cells]
        known = sum(title is not None for title in titles)
        # One word alone may be a name: titles are two, or fill their line, or stand above an e-mail address.
        are_titles = known >= min(2, width) or (known and _has_address(lines[index + 1 : index + 2]))
        if are_titles and not _has_address([cells]):
            columns = _columns_of_titles(titles, width)
            return Guess(_complete(columns, lines[index + 1 :]), index + 1)
    return Guess(_complete([""] * width, lines), 0)


def _has_address(lines: Sequence[Sequence[str]]) -> bool:
    return any("@" in cell for cells in lines for cell in cells)


def _normalized(title: str) -> str:
    if len(title) > LONGEST_TITLE:
        return ""
    return re.sub(r"[^a-z0-9]+", " ", fold_for_search(title)).strip()


def _columns_of_titles(titles: Sequence[tuple[RosterColumn, int] | None], width: int) -> list[str]:
    """Return the kinds that the titles name. Of two titles of the same kind the better one counts."""
    best: dict[RosterColumn, tuple[int, int]] = {}
    for index, title in enumerate(titles):
        if title is not None:
            kind, rank = title
            best[kind] = min(best.get(kind, (rank, index)), (rank, index))
    columns = [""] * width
    for kind, (_rank, index) in best.items():
        columns[index] = kind
    if RosterColumn.LAST_NAME in best and RosterColumn.FIRST_NAME not in best and RosterColumn.FULL_NAME not in best:
        columns[best[RosterColumn.LAST_NAME][1]] = RosterColumn.FULL_NAME  # “Nom” alone
    return columns


def _complete(columns: list[str], lines: Sequence[Sequence[str]]) -> list[str]:
    """Find the columns of people that no title names, by their content. Columns with unknown titles stay ignored."""
    sample = lines[:SAMPLE]
    contents = [
        [cells[index] for cells in sample if index < len(cells) and cells[index]] for index in range(len(columns))
    ]
    has_titles = any(columns)
    if RosterColumn.EMAIL not in columns:
        mails = [index for index in _free(columns, contents) if _share(contents[index], r".*@.*") > 0.5]
        if mails:
            columns[mails[0]] = RosterColumn.EMAIL
    if has_titles:
        return columns
    free = [index for index in _free(columns, contents) if _share(contents[index], r".*@.*") <= 0.5]
    ids = [index for index in free if _are_ids(contents[index], beside_addresses=any(columns))]
    if ids:
        columns[ids[0]] = RosterColumn.USERNAME
        free.remove(ids[0])
    first = next((index for index, column in enumerate(columns) if column), -1)
    if free and (len(free) > 1 or first >= 0) and _are_groups(contents[free[-1]]):
        is_a_name = len(free) == 1 and RosterColumn.USERNAME not in columns and free[-1] < first
        if not is_a_name:
            columns[free.pop()] = RosterColumn.GROUP
    if len(free) == 1 or (free and _share(contents[free[0]], r".*\S\s+\S.*") > 0.5):
        columns[free[0]] = RosterColumn.FULL_NAME
    elif free:
        columns[free[0]], columns[free[1]] = RosterColumn.LAST_NAME, RosterColumn.FIRST_NAME
    return columns


def _free(columns: Sequence[str], contents: Sequence[Sequence[str]]) -> list[int]:
    return [index for index, column in enumerate(columns) if not column and contents[index]]


def _share(cells: Sequence[str], pattern: str) -> float:
    """Return which part of the cells has this pattern."""
    matching = re.compile(pattern, re.DOTALL)
    return sum(bool(matching.fullmatch(cell[:300])) for cell in cells) / max(len(cells), 1)


def _are_ids(cells: Sequence[str], *, beside_addresses: bool) -> bool:
    """Whether the cells are user names, each another one: numbers, `roya12345`, `ama.roy`.

    A short word in small letters may be one, too, if there is no column of addresses.
    """
    pattern = r"[A-Za-z]{0,6}\d{5,}|[a-z0-9]+[._-][a-z0-9._-]+" + ("" if beside_addresses else r"|[a-z0-9._-]+")
    return _share(cells, pattern) > 0.9 and len(set(cells)) > len(cells) * 0.9


def _are_groups(cells: Sequence[str]) -> bool:
    """Whether the cells may name groups: short, with digits, or the same ones again and again."""
    if _share(cells, r".{1,40}") < 1:
        return False
    return _share(cells, r".*\d.*|.{1,2}") > 0.5 or len(set(cells)) <= len(cells) // 2
