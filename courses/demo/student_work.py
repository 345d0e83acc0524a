"""Work of the demonstration's students, from a seed: commits, answers and their times. The same seed, the same work."""

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from courses.demo.course_data import (
    AMBIGUOUS,
    CONFLICT,
    EXTENDED,
    NETWORKS,
    SKEWED,
    SYSTEMS,
    DemoCourse,
    Exercise,
    Question,
)
from gitsync.demo.repositories import Change

SEED = "atelier"
WEEKS_BEFORE = 9  # teaching weeks that are past on the day of filling
CLOCK_AHEAD = timedelta(days=11)  # of the student whose computer's clock is wrong
CLOCK_WRONG_FOR = timedelta(days=16)  # before the day of filling


def first_monday(today: date) -> date:
    """Return the first day of the semester: the Monday WEEKS_BEFORE - 1 weeks before this week's."""
    return today - timedelta(days=today.weekday(), weeks=WEEKS_BEFORE - 1)


def deadline(first: date, exercise: Exercise | Question, zone: ZoneInfo) -> datetime | None:
    """Return the Sunday of the task's week at 23:59 local time; None without a `due_week`."""
    if exercise.due_week is None:
        return None
    day = first + timedelta(weeks=exercise.due_week, days=-1)
    return datetime(day.year, day.month, day.day, 23, 59, tzinfo=zone)


def statement(exercise: Exercise) -> str:
    """Return the exercise's text for students, in Markdown; "" without a goal."""
    if not exercise.goal:
        return ""
    return (
        f"Écrivez un programme qui {exercise.goal}.\n\n"
        f"1. Il se trouve dans `{exercise.path}/main.c` de votre dépôt.\n"
        "2. Avancez par petits commits : chacun compile.\n"
        f"3. Une fois fini, un commit dont le message commence par **{exercise.title}**.\n"
    )


def repository_name(course: DemoCourse, username: str) -> str:
    """Return the name of a student's repository, without `.git`."""
    return f"{username}-{course.course_id.lower()}"


def history(course: DemoCourse, username: str, name: str, first: date, now: datetime, zone: ZoneInfo) -> list[Change]:
    """Return a student's commits up to `now`, oldest first. The first one adds a README.

    first: the first day of the semester.
    """
    dice = random.Random(f"{SEED}/{course.course_id}/{username}")  # noqa: S311 - a scenario, not a secret
    start = datetime(first.year, first.month, first.day, 14, dice.randrange(60), tzinfo=zone)
    changes = [Change(start, name, "Premier envoi", {"README.md": f"# {course.title}\n\n{name}\n"})]
    for exercise in course.exercises:
        due = deadline(first, exercise, zone)
        if due is not None:
            changes += _exercise_commits(dice, exercise, name, due, (username, exercise.path) in EXTENDED)
    changes += _special_commits(course, username, name, now)
    changes = sorted((change for change in changes if change.at <= now), key=lambda change: change.at)
    return [_with_wrong_clock(change, now) for change in changes] if username == SKEWED else changes


def _special_commits(course: DemoCourse, username: str, name: str, now: datetime) -> list[Change]:
    """Return the commits of a special case that a teacher should notice."""
    at = now.replace(minute=17, second=0, microsecond=0) - timedelta(days=3, hours=2)
    if (username, course) == (AMBIGUOUS, SYSTEMS):
        files = {"commun/fork/exec/outils.c": "/* used by both */\nint relancer(void);\n"}
        return [Change(at, name, "Met en commun ce que fork et exec partagent", files)]
    if (username, course) == (CONFLICT, NETWORKS):
        return [Change(at, name, "Bonus : terminé", source("/bonus/capture", 24))]
    return []


def _with_wrong_clock(change: Change, now: datetime) -> Change:
    """Return the commit with the date of a clock that is ahead since CLOCK_WRONG_FOR."""
    return replace(change, at=change.at + CLOCK_AHEAD) if change.at > now - CLOCK_WRONG_FOR else change


def pushed_at(change: Change, username: str, now: datetime) -> datetime:
    """Return when the student pushed a commit: when it was made, whatever its date says."""
    made = change.at - CLOCK_AHEAD
    return made if username == SKEWED and made > now - CLOCK_WRONG_FOR else change.at


def _exercise_commits(
    dice: random.Random, exercise: Exercise, name: str, due: datetime, unfinished: bool
) -> list[Change]:
    """Return two to five commits. The last one completes the exercise: mostly in time, sometimes late or never."""
    outcome = dice.random()
    count = dice.randint(2, 5)
    end = due - timedelta(hours=dice.uniform(2, 70))
    if outcome > 0.86:
        end = due + timedelta(hours=dice.uniform(1, 60))
    changes, lines = [], 0
    for step in range(count):
        at = end - timedelta(hours=(count - 1 - step) * dice.uniform(3, 30))
        lines += dice.randint(6, 45)
        last = step == count - 1
        completes = last and outcome > 0.06 and not unfinished
        message = (
            f"{exercise.title} : terminé" if completes else dice.choice(MESSAGES).format(title=exercise.title.lower())
        )
        changes.append(Change(at, name, message, source(exercise.path, lines)))
    return changes


MESSAGES = (
    "Squelette pour {title}",
    "Gère les erreurs de {title}",
    "Ajoute des tests pour {title}",
    "Nettoie le code ({title})",
    "Corrige un cas limite dans {title}",
)


def answer(question: Question, username: str, due: datetime) -> tuple[datetime, str] | None:
    """Return the time of a student's answer and its text ("" for a tick); None for no answer. Some are late."""
    dice = random.Random(f"{SEED}/{question.path}/{username}")  # noqa: S311 - a scenario, not a secret
    outcome = dice.random()
    if outcome > 0.85:
        return None
    at = due + timedelta(hours=dice.uniform(1, 40)) if outcome > 0.72 else due - timedelta(hours=dice.uniform(2, 120))
    parts = [dice.choice(KNOWN), dice.choice(DIFFICULT), dice.choice(REQUESTS)]
    text = "\n\n".join(parts if outcome < 0.3 else parts[: dice.randint(1, 2)])
    return at, "" if question.asks_for == "tick" else text


KNOWN = (
    "Les trames et le routage statique sont acquis : je sais lire une capture et dire qui parle à qui.",
    "J’ai compris l’adressage et les masques ; je fais les calculs sans aide.",
    "La table de routage n’a plus de secret pour moi, et les TP 1 et 2 sont terminés.",
    "Lire une capture avec Wireshark va bien, surtout depuis le TP 1.",
)
DIFFICULT = (
    "Ce qui reste difficile : la différence entre contrôle de flux et contrôle de congestion. Je confonds encore "
    "les deux fenêtres.",
    "Je bloque sur les retransmissions TCP : je ne vois pas quand le minuteur repart.",
    "Les sous-réseaux de taille variable me prennent trop de temps.",
    "Je n’ai pas encore réussi à faire passer mon pare-feu d’essai sans tout fermer.",
)
REQUESTS = (
    "Ce serait bien de reprendre un exemple complet au tableau avant le TP 4.",
    "Une séance de questions avant l’examen m’aiderait.",
    "Peut-on avoir une capture commentée de plus ?",
    "Rien à ajouter, le rythme me va.",
)


def source(path: str, lines: int) -> dict[str, str]:
    """Return {path: content} of a C file in the folder `path`, with `lines` lines of code in its function."""
    body = "\n".join(f"    step({number}); /* {path.rsplit('/', 1)[-1]} */" for number in range(lines))
    return {f"{path.strip('/')}/main.c": f'#include "atelier.h"\n\nint main(void)\n{{\n{body}\n    return 0;\n}}\n'}


def assign_groups(students: Sequence[str], groups: Sequence[str]) -> list[tuple[str, str]]:
    """Return (student, group) pairs: the students spread over the groups in turn."""
    return [(student, groups[index % len(groups)]) for index, student in enumerate(students)]
