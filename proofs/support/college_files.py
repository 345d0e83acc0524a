"""The files of a college: the same students as a CSV of its register and as a workbook of somebody in its office."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import openpyxl

FIRST_NAMES = (
    "Zoé", "Éloïse", "François", "Anaïs", "Jérôme", "Maëlle", "Noël", "Chloé", "Hélène", "Théo", "Aïcha", "Léa",
    "Gaël", "Bérénice", "Cédric", "Inès", "Loïc", "Agnès", "Rémi", "Désirée",
)  # fmt: skip
LAST_NAMES = ("Bélanger", "Côté", "D’Amours", "L’Écuyer", "Gagné", "Nguyen", "Lévesque", "Saint-Onge", "Bœuf", "Hébert")
GROUPS = ("Groupe 01", "Groupe 02", "Groupe 03", "Groupe 04")


class CollegeStudent(NamedTuple):
    number: str
    first_name: str
    last_name: str
    address: str
    group: str


def students(count: int) -> list[CollegeStudent]:
    """Return the students of a register, sorted by number. Each has another name."""
    found = []
    for number in range(count):
        first = FIRST_NAMES[number % len(FIRST_NAMES)]
        last = LAST_NAMES[number // len(FIRST_NAMES) % len(LAST_NAMES)]
        code = f"26{number + 10001}"
        found.append(CollegeStudent(code, first, last, f"e{code}@college.example", GROUPS[number % len(GROUPS)]))
    return found


def write_register(file: Path, people: Sequence[CollegeStudent]) -> None:
    """Write the CSV that a register writes on Windows: `;`, French titles, the letters of Windows-1252."""
    lines = ["Nom;Prénom;Numéro d'étudiant;Courriel;Groupe;Date d'inscription"]
    for person in people:
        names = [person.last_name, person.first_name]
        lines.append(";".join([*names, person.number, person.address, person.group, "2026-08-24"]))
    text = "\r\n".join(lines) + "\r\n"
    file.write_bytes(text.encode("cp1252"))


def write_workbook(file: Path, people: Sequence[CollegeStudent]) -> None:
    """Write a workbook with other columns in another order: a title above, English, e-mail first, no number."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["Class list, autumn 2026"])
    sheet.append([])
    sheet.append(["E-mail address", "Section", "Remarks", "Full name"])
    for person in people:
        name = f"{person.first_name} {person.last_name.replace('ễ', 'ê')}"
        sheet.append([person.address.upper(), person.group, None, name])
    book.save(file)
