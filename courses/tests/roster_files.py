"""Builders of imports of people for the tests."""

from courses import tasks
from courses.domain import roster_imports, roster_plan
from courses.models import RosterImport
from courses.rules.planned_lines import mark_of
from kernel.tables.reading import read_pasted_table, read_table, text_lines

HEAD = "Matricule;Nom;Prénom;Courriel;Groupe\n"


def imported(course, text, **options):
    lines = read_pasted_table(text, "") if isinstance(text, str) else read_table(text, "", results=True).lines
    return roster_imports.create_import(course.teacher, course, text_lines(lines), **options)


def plan_of(course, text):
    return roster_plan.plan_import(imported(course, text))


def begin(row, invite=True):
    roster_imports.start(row, mark=mark_of(roster_plan.plan_import(row)), invite=invite)


def apply(course, text):
    """Apply a whole file and return the import."""
    row = imported(course, text)
    begin(row)
    tasks.apply_roster_import(row.pk)
    row.refresh_from_db()
    assert row.state == RosterImport.State.DONE
    return row


def effects(lines):
    return [(line.number, str(line.outcome), line.username) for line in lines]


def many(count):
    lines = (f"{1_000_000 + n};Nom{n};Prénom{n};p{n}@school.example;Groupe {n % 9:02}\n" for n in range(count))
    return HEAD + "".join(lines)
