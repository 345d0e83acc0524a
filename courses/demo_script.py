"""What happens in the demonstration's courses, out of a seed: who did which exercise, when, and how it went."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from gitsync.demo.maker import Change

SEED = "atelier"
SEMESTER = "A2026"
WEEKS_BEFORE = 9  # teaching weeks behind us on the day of filling


@dataclass(frozen=True)
class Exercise:
    """`path` is the exercise's in the course and its folder in the repository; `due_week` counts from the first."""

    path: str
    title: str
    due_week: int


@dataclass(frozen=True)
class DemoCourse:
    course_id: str
    teacher: str
    title: str
    chapters: dict[str, str]
    exercises: tuple[Exercise, ...]
    groups: tuple[str, ...]
    students: tuple[str, ...]


SYSTEMS = DemoCourse(
    course_id="ProgSys",
    teacher="nadia.benali",
    title="Programmation système",
    chapters={"/shell": "Le shell", "/processus": "Processus", "/memoire": "Mémoire", "/sockets": "Sockets"},
    exercises=(
        Exercise("/shell/tubes", "Tubes", 3),
        Exercise("/shell/scripts", "Scripts", 4),
        Exercise("/shell/jobs", "Jobs", 5),
        Exercise("/processus/fork", "Fork", 6),
        Exercise("/processus/exec", "Exec", 7),
        Exercise("/processus/signaux", "Signaux", 8),
        Exercise("/memoire/fichiers", "Fichiers", 9),
        Exercise("/memoire/mmap", "Mmap", 10),
        Exercise("/sockets/client", "Client", 11),
        Exercise("/sockets/serveur", "Serveur", 12),
    ),
    groups=("A1", "A2", "B1"),
    students=(
        "ines.abdelkader",
        "amina.yusupova",
        "youssef.haddad",
        "xiaoyu.wang",
        "lukasz.wojcik",
        "misaki.tanaka",
        "eleni.pappa",
        "mamadou.diallo",
        "ananya.sharma",
        "jorg.weiss",
        "huong.nguyen",
        "daniel.cohen",
        "aram.petrosyan",
    ),
)
NETWORKS = DemoCourse(
    course_id="Reseaux",
    teacher="marc.leroy",
    title="Réseaux",
    chapters={},
    exercises=(
        Exercise("/tp1", "Trames", 4),
        Exercise("/tp2", "Routage", 6),
        Exercise("/tp3", "Transport", 8),
        Exercise("/tp4", "Pare-feu", 10),
        Exercise("/tp5", "Mesures", 12),
    ),
    groups=("R1",),
    students=("ines.abdelkader", "lukasz.wojcik", "misaki.tanaka", "mamadou.diallo", "huong.nguyen"),
)
COURSES = (SYSTEMS, NETWORKS)
SILENT = {"jorg.weiss"}  # gave no repository
FAILING = {"aram.petrosyan"}  # gave an address where nothing is
EXTENDED = {("eleni.pappa", "/processus/signaux"): timedelta(days=12)}
REPOSITORY = "/depot"


def first_monday(today: date) -> date:
    """The first day of the semester: a Monday, so many weeks ago."""
    return today - timedelta(days=today.weekday(), weeks=WEEKS_BEFORE - 1)


def deadline(first: date, exercise: Exercise, zone: ZoneInfo) -> datetime:
    """Sunday of its week at 23:59, by the clock on the wall."""
    day = first + timedelta(weeks=exercise.due_week, days=-1)
    return datetime(day.year, day.month, day.day, 23, 59, tzinfo=zone)


def repository_name(course: DemoCourse, username: str) -> str:
    return f"{username}-{course.course_id.lower()}"


def history(course: DemoCourse, username: str, name: str, first: date, now: datetime, zone: ZoneInfo) -> list[Change]:
    """The commits of a student up to `now`, oldest first, beginning with a README."""
    dice = random.Random(f"{SEED}/{course.course_id}/{username}")  # noqa: S311 - a story, not a secret
    start = datetime(first.year, first.month, first.day, 14, dice.randrange(60), tzinfo=zone)
    changes = [Change(start, name, "Premier envoi", {"README.md": f"# {course.title}\n\n{name}\n"})]
    for exercise in course.exercises:
        changes += _work(dice, exercise, name, deadline(first, exercise, zone), (username, exercise.path) in EXTENDED)
    return sorted((change for change in changes if change.at <= now), key=lambda change: change.at)


def _work(dice: random.Random, exercise: Exercise, name: str, due: datetime, unfinished: bool) -> list[Change]:
    """Two to five commits before the deadline; the last one completes it: mostly in time, sometimes late or never."""
    fate = dice.random()
    count = dice.randint(2, 5)
    end = due - timedelta(hours=dice.uniform(2, 70))
    if fate > 0.86:
        end = due + timedelta(hours=dice.uniform(1, 60))
    changes, lines = [], 0
    for step in range(count):
        at = end - timedelta(hours=(count - 1 - step) * dice.uniform(3, 30))
        lines += dice.randint(6, 45)
        last = step == count - 1
        completes = last and fate > 0.06 and not unfinished
        message = (
            f"{exercise.title} : terminé" if completes else dice.choice(WORDS).format(title=exercise.title.lower())
        )
        changes.append(Change(at, name, message, source(exercise.path, lines)))
    return changes


WORDS = (
    "Squelette pour {title}",
    "Gère les erreurs de {title}",
    "Ajoute des tests pour {title}",
    "Nettoie le code ({title})",
    "Corrige un cas limite dans {title}",
)


def source(path: str, lines: int) -> dict[str, str]:
    """A C file of so many lines in the exercise's folder."""
    body = "\n".join(f"    step({number}); /* {path.rsplit('/', 1)[-1]} */" for number in range(lines))
    return {f"{path.strip('/')}/main.c": f'#include "atelier.h"\n\nint main(void)\n{{\n{body}\n    return 0;\n}}\n'}


def parts(students: Sequence[str], groups: Sequence[str]) -> list[tuple[str, str]]:
    """(student, group): the students dealt over the groups in turn."""
    return [(student, groups[index % len(groups)]) for index, student in enumerate(students)]
