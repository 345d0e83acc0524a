"""The scripted student: commits to the demonstration's repositories and posts the forge's hook after each push."""

import random
import uuid
from datetime import datetime

import requests
from django.conf import settings

from courses.demo.course_data import COURSES, FAILING, REWRITES, SILENT, SYSTEMS
from courses.demo.student_work import MESSAGES, SEED, repository_name, source
from courses.models import Course, Enrolment, Progress, StudentRepository, Task
from gitsync.demo import locations, repositories

SQUASHED = 3  # commits that become one in the rewritten history
MARK = "rewritten"  # file in the repository's folder after its history was rewritten
STEPS = 3  # commits on an exercise; the last one completes it


class ScriptedStudent:
    """A source of pushes: each one acts as one of the demonstration's students."""

    def __init__(self, seed: str = SEED) -> None:
        self.dice = random.Random(seed)  # noqa: S311 - a scenario, not a secret
        self.steps: dict[tuple[int, int], int] = {}
        self.rewritten = False

    def push(self, now: datetime) -> str:
        """Make one commit as one student and post its hook; return a line about it, "" when no student can push yet.

        Once in the life of the demonstration the push rewrites a history, as soon as the original has been read.
        """
        if not self.rewritten and (sha := rewrite_history()):
            self.rewritten = True
            status = post_hook(locations.url(repository_name(SYSTEMS, REWRITES)), sha)
            return f"{REWRITES} forced {sha[:8]} over the last {SQUASHED} commits, hook {status}"
        next_work = self._choose()
        if next_work is None:
            return ""
        enrolment, task, name = next_work
        step = self.steps.get((enrolment.pk, task.pk), 0) + 1
        self.steps[enrolment.pk, task.pk] = step
        folder = locations.folder(name)
        message = f"{task.title} : terminé"
        if step % STEPS:
            message = self.dice.choice(MESSAGES).format(title=task.title.lower())
        old_source = repositories.read_file(folder, next(iter(source(task.path, 0))))
        lines = old_source.count("step(") + self.dice.randint(3, 20)
        change = repositories.Change(now, enrolment.person.display_name, message, source(task.path, lines))
        sha = repositories.add_commit(folder, change)
        status = post_hook(locations.url(name), sha)
        return f"{enrolment.person.username} pushed {sha[:8]} “{message}”, hook {status}"

    def _choose(self) -> tuple[Enrolment, Task, str] | None:
        """Choose a student whose repository has been read, and the first exercise that they have not done.

        Returns them with the repository's name.
        """
        courses = list(Course.objects.filter(course_id__in=[data.course_id for data in COURSES]))
        self.dice.shuffle(courses)
        for course in courses:
            course_data = next(data for data in COURSES if data.course_id == course.course_id)
            cloned = course.enrolments.filter(
                student_repositories__state=StudentRepository.State.CLONED, team=None
            ).select_related("person")
            enrolments = [enrolment for enrolment in cloned if enrolment.person.username not in SILENT | FAILING]
            tasks = list(course.tasks.filter(asks_for=Task.Asks.EXERCISE).exclude(deadline=None))
            self.dice.shuffle(enrolments)
            for enrolment in enrolments:
                name = repository_name(course_data, enrolment.person.username)
                done = Progress.objects.filter(enrolment=enrolment, state=Progress.State.DONE)
                finished = set(done.values_list("task_id", flat=True))
                task = next((task for task in tasks if task.pk not in finished), None)
                if task is not None and locations.folder(name).exists():
                    return enrolment, task, name
        return None


def rewrite_history() -> str:
    """Squash the last commits of the student REWRITES and return the new head.

    Returns "" before the repository has been read, and after the history has been rewritten once.
    """
    folder = locations.folder(repository_name(SYSTEMS, REWRITES))
    read = StudentRepository.objects.filter(
        enrolment__person__username=REWRITES,
        url=locations.url(repository_name(SYSTEMS, REWRITES)),
        seen_at__isnull=False,
    )
    if (folder / MARK).exists() or not read.exists():
        return ""
    (folder / MARK).touch()
    return repositories.squash(folder, SQUASHED)


def post_hook(url: str, after: str) -> str:
    """Post the hook that GitHub sends for a push; return the answer's status, or the error's name without an answer."""
    body = {"ref": "refs/heads/main", "before": "", "after": after, "repository": {"clone_url": url}}
    headers = {"X-GitHub-Event": "push", "X-GitHub-Delivery": str(uuid.uuid4())}
    try:
        answer = requests.post(f"{settings.PUBLIC_URL}/_git_hook", json=body, headers=headers, timeout=5)
    except requests.RequestException as error:
        return type(error).__name__
    return str(answer.status_code)
