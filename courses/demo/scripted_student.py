"""The scripted student: works on a served repository like anybody with an editor, and lets the forge post its hook."""

import random
import uuid
from datetime import datetime

import requests
from django.conf import settings

from courses.demo.cast import COURSES, FAILING, REWRITES, SILENT, SYSTEMS
from courses.demo.script import SEED, WORDS, repository_name, source
from courses.models import Course, Enrolment, Progress, StudentRepository, Task
from gitsync.demo import maker, place

SQUASHED = 3  # commits that become one in the rewritten history
MARK = "rewritten"  # in the repository's folder, once it was
STEPS = 3  # commits on an exercise; the last completes it


class ScriptedStudent:
    def __init__(self, seed: str = SEED) -> None:
        self.dice = random.Random(seed)  # noqa: S311 - a story, not a secret
        self.steps: dict[tuple[int, int], int] = {}
        self.rewritten = False

    def push(self, now: datetime) -> str:
        """One commit of one student and its hook; says in a line what was done, "" when nobody can push yet.

        Once in the life of the demonstration it is a rewritten history, as soon as the one before was read.
        """
        if not self.rewritten and (sha := rewrite_history()):
            self.rewritten = True
            status = post_hook(place.url(repository_name(SYSTEMS, REWRITES)), sha)
            return f"{REWRITES} forced {sha[:8]} over the last {SQUASHED} commits, hook {status}"
        chosen = self._choose()
        if chosen is None:
            return ""
        enrolment, task, name = chosen
        step = self.steps.get((enrolment.pk, task.pk), 0) + 1
        self.steps[enrolment.pk, task.pk] = step
        folder = place.folder(name)
        message = f"{task.title} : terminé"
        if step % STEPS:
            message = self.dice.choice(WORDS).format(title=task.title.lower())
        lines = maker.read(folder, next(iter(source(task.path, 0)))).count("step(") + self.dice.randint(3, 20)
        change = maker.Change(now, enrolment.person.display_name, message, source(task.path, lines))
        sha = maker.add(folder, change)
        status = post_hook(place.url(name), sha)
        return f"{enrolment.person.username} pushed {sha[:8]} “{message}”, hook {status}"

    def _choose(self) -> tuple[Enrolment, Task, str] | None:
        """A student whose repository was read, and the first exercise they have not done."""
        courses = list(Course.objects.filter(course_id__in=[script.course_id for script in COURSES]))
        self.dice.shuffle(courses)
        for course in courses:
            script = next(one for one in COURSES if one.course_id == course.course_id)
            cloned = course.enrolments.filter(
                student_repositories__state=StudentRepository.State.CLONED
            ).select_related("person")
            people = [one for one in cloned if one.person.username not in SILENT | FAILING]
            tasks = list(course.tasks.filter(asks_for=Task.Asks.EXERCISE).exclude(deadline=None))
            self.dice.shuffle(people)
            for enrolment in people:
                name = repository_name(script, enrolment.person.username)
                done = Progress.objects.filter(enrolment=enrolment, state=Progress.State.DONE)
                finished = set(done.values_list("task_id", flat=True))
                task = next((task for task in tasks if task.pk not in finished), None)
                if task is not None and place.folder(name).exists():
                    return enrolment, task, name
        return None


def rewrite_history() -> str:
    """The student who rewrites squashes their last commits: the new head; "" before they were read, and after it."""
    folder = place.folder(repository_name(SYSTEMS, REWRITES))
    read = StudentRepository.objects.filter(
        enrolment__person__username=REWRITES, url=place.url(repository_name(SYSTEMS, REWRITES)), seen_at__isnull=False
    )
    if (folder / MARK).exists() or not read.exists():
        return ""
    (folder / MARK).touch()
    return maker.squash(folder, SQUASHED)


def post_hook(url: str, after: str) -> str:
    """What GitHub would post for this push; the status of the answer, or why there was none."""
    body = {"ref": "refs/heads/main", "before": "", "after": after, "repository": {"clone_url": url}}
    headers = {"X-GitHub-Event": "push", "X-GitHub-Delivery": str(uuid.uuid4())}
    try:
        answer = requests.post(f"{settings.PUBLIC_URL}/_git_hook", json=body, headers=headers, timeout=5)
    except requests.RequestException as error:
        return type(error).__name__
    return str(answer.status_code)
