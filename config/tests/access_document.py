"""Writes docs/access.md from the lines of access_lines.py. `python -m config.tests.access_document` saves it."""

import os
from pathlib import Path

from config.tests.access_lines import PARTS, Line

FILE = Path(__file__).parents[2] / "docs" / "access.md"
KINDS = "nosautrxp"
HEAD = """# Who may open what

Every address of the site, for eight kinds of people and a program. `config/tests/test_access.py` sends requests to each
address as each of them, and fails when one opens more than this table says, when a form of somebody else changes a row,
or when an address has no line here. `python -m config.tests.access_document` writes this file from
`config/tests/access_lines.py`.

**r** it shows them something. **w** they may send its form or its message. **rw** both. Nothing: they are asked to sign
in, they are refused, or they are led to a page of their own, and nothing changes. A closed account gets what nobody
gets. Objects in an address are those of the student, who is in the teacher's course, with the assistant of their group.
The administration (`/admin/`) opens for staff only, and each of its lists only with Django's permission for it. An
address with a secret or a token in it is for whoever has it; a guessed one shows nothing. A program has a bearer token,
which pages do not take.
"""
COLUMNS = (
    "nobody",
    "other student",
    "student",
    "assistant",
    "other teacher",
    "teacher",
    "staff",
    "superuser",
    "program",
)


def document(routes: dict[str, str]) -> str:
    """Return the text of docs/access.md. `routes` has the route of each address by its name."""
    parts = [HEAD]
    for title, lines in PARTS.items():
        rows = sorted((routes[name], line) for name, line in lines.items())
        head = f"| address | {' | '.join(COLUMNS)} |\n|---|{'---|' * len(COLUMNS)}"
        parts.append(f"## {title}\n\n{head}\n" + "\n".join(_row(route, line) for route, line in rows) + "\n")
    return "\n".join(parts)


def _row(route: str, line: Line) -> str:
    marks = [f"{'r' * (kind in line.reads)}{'w' * (kind in line.sends)}" for kind in KINDS]
    return f"| `/{route}` | {' | '.join(marks)} |"


def main() -> None:
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings_test")
    django.setup()
    from config.tests.access_addresses import all_addresses

    FILE.write_text(document({address.name: address.route for address in all_addresses()}), encoding="utf-8")


if __name__ == "__main__":
    main()
