"""What happens in the demonstration's courses, out of a seed: who did which exercise, when, and how it went."""

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from courses.demo.cast import AMBIGUOUS, CONFLICT, EXTENDED, NETWORKS, SKEWED, SYSTEMS, DemoCourse, Exercise, Question
from gitsync.demo.maker import Change

SEED = "atelier"
WEEKS_BEFORE = 9  # teaching weeks behind us on the day of filling
CLOCK_AHEAD = timedelta(days=11)
CLOCK_WRONG_FOR = timedelta(days=16)


def first_monday(today: date) -> date:
    """The first day of the semester: a Monday, so many weeks ago."""
    return today - timedelta(days=today.weekday(), weeks=WEEKS_BEFORE - 1)


def deadline(first: date, exercise: Exercise | Question, zone: ZoneInfo) -> datetime | None:
    """Sunday of its week at 23:59, by the clock on the wall."""
    if exercise.due_week is None:
        return None
    day = first + timedelta(weeks=exercise.due_week, days=-1)
    return datetime(day.year, day.month, day.day, 23, 59, tzinfo=zone)


def statement(exercise: Exercise) -> str:
    """What the teacher wrote about it, in Markdown."""
    if not exercise.goal:
        return ""
    return (
        f"Écrivez un programme qui {exercise.goal}.\n\n"
        f"1. Il se trouve dans `{exercise.path}/main.c` de votre dépôt.\n"
        "2. Avancez par petits commits : chacun compile.\n"
        f"3. Une fois fini, un commit dont le message commence par **{exercise.title}**.\n"
    )


def repository_name(course: DemoCourse, username: str) -> str:
    return f"{username}-{course.course_id.lower()}"


def history(course: DemoCourse, username: str, name: str, first: date, now: datetime, zone: ZoneInfo) -> list[Change]:
    """The commits of a student up to `now`, oldest first, beginning with a README."""
    dice = random.Random(f"{SEED}/{course.course_id}/{username}")  # noqa: S311 - a story, not a secret
    start = datetime(first.year, first.month, first.day, 14, dice.randrange(60), tzinfo=zone)
    changes = [Change(start, name, "Premier envoi", {"README.md": f"# {course.title}\n\n{name}\n"})]
    for exercise in course.exercises:
        due = deadline(first, exercise, zone)
        if due is not None:
            changes += _work(dice, exercise, name, due, (username, exercise.path) in EXTENDED)
    changes += _story(course, username, name, now)
    changes = sorted((change for change in changes if change.at <= now), key=lambda change: change.at)
    return [_as_dated(change, now) for change in changes] if username == SKEWED else changes


def _story(course: DemoCourse, username: str, name: str, now: datetime) -> list[Change]:
    """What one student did that a teacher should look at."""
    at = now.replace(minute=17, second=0, microsecond=0) - timedelta(days=3, hours=2)
    if (username, course) == (AMBIGUOUS, SYSTEMS):
        files = {"commun/fork/exec/outils.c": "/* used by both */\nint relancer(void);\n"}
        return [Change(at, name, "Met en commun ce que fork et exec partagent", files)]
    if (username, course) == (CONFLICT, NETWORKS):
        return [Change(at, name, "Bonus : terminé", source("/bonus/capture", 24))]
    return []


def _as_dated(change: Change, now: datetime) -> Change:
    """As the student's computer dates it: ahead of everybody else's since its clock went wrong."""
    return replace(change, at=change.at + CLOCK_AHEAD) if change.at > now - CLOCK_WRONG_FOR else change


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


def answer(question: Question, username: str, due: datetime) -> tuple[datetime, str] | None:
    """When a student gave their answer, and its text (a tick has none): mostly in time, sometimes late or never."""
    dice = random.Random(f"{SEED}/{question.path}/{username}")  # noqa: S311 - a story, not a secret
    fate = dice.random()
    if fate > 0.85:
        return None
    at = due + timedelta(hours=dice.uniform(1, 40)) if fate > 0.72 else due - timedelta(hours=dice.uniform(2, 120))
    parts = [dice.choice(KNOWN), dice.choice(HARD), dice.choice(WISHED)]
    text = "\n\n".join(parts if fate < 0.3 else parts[: dice.randint(1, 2)])
    return at, "" if question.asks_for == "tick" else text


KNOWN = (
    "Les trames et le routage statique sont acquis : je sais lire une capture et dire qui parle à qui.",
    "J’ai compris l’adressage et les masques ; je fais les calculs sans aide.",
    "La table de routage n’a plus de secret pour moi, et les TP 1 et 2 sont terminés.",
    "Lire une capture avec Wireshark va bien, surtout depuis le TP 1.",
)
HARD = (
    "Ce qui reste difficile : la différence entre contrôle de flux et contrôle de congestion. Je confonds encore "
    "les deux fenêtres.",
    "Je bloque sur les retransmissions TCP : je ne vois pas quand le minuteur repart.",
    "Les sous-réseaux de taille variable me prennent trop de temps.",
    "Je n’ai pas encore réussi à faire passer mon pare-feu d’essai sans tout fermer.",
)
WISHED = (
    "Ce serait bien de reprendre un exemple complet au tableau avant le TP 4.",
    "Une séance de questions avant l’examen m’aiderait.",
    "Peut-on avoir une capture commentée de plus ?",
    "Rien à ajouter, le rythme me va.",
)


def source(path: str, lines: int) -> dict[str, str]:
    """A C file of so many lines in the exercise's folder."""
    body = "\n".join(f"    step({number}); /* {path.rsplit('/', 1)[-1]} */" for number in range(lines))
    return {f"{path.strip('/')}/main.c": f'#include "atelier.h"\n\nint main(void)\n{{\n{body}\n    return 0;\n}}\n'}


def parts(students: Sequence[str], groups: Sequence[str]) -> list[tuple[str, str]]:
    """(student, group): the students dealt over the groups in turn."""
    return [(student, groups[index % len(groups)]) for index, student in enumerate(students)]
