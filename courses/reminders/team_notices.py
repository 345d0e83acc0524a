"""Tells teachers and assistants in the morning what their courses need, and on Monday how the week was.

Run by the schedule. The morning is that of the reader's own time zone.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from courses.git import repository_confirmation
from courses.models import Course, StudentRepository
from courses.pages.weekly_counts import WEEK, WeeklyCounts, weekly_counts
from courses.reminders.course_teams import Member, open_teams
from courses.reminders.failing_repositories import SHORT, failing_repositories, failure_later
from courses.rules.permissions import GroupLimit
from kernel.epoch import to_epoch
from kernel.text.bidi import isolated
from kernel.text.time_zones import zone_or_school
from mail.notices import notify_all, untold

WEEKLY, FAILING, WAITING = "courses.weekly_summary", "courses.students_failing", "courses.request_waiting"
MORNING = range(6, 9)  # hours on the reader's clock; most daily mails come in these
MONDAY = 0
NAMED = 10  # repositories in one notice; the others are counted


def tell_teams(now: datetime | None = None) -> None:
    """Write the notices of the morning. Each team member is told once about the same thing."""
    now = now or timezone.now()
    members = [(member, now.astimezone(zone_or_school(member.person.zone))) for member in open_teams()]
    early = [member for member, local in members if local.hour in MORNING]
    if early:
        _tell_failing(early, now)
        _tell_waiting([member for member in early if member.may_change])
    on_monday = [
        (member, local.date())
        for member, local in members
        if local.weekday() == MONDAY and local.hour >= MORNING.start and _is_running(member.course, local.date())
    ]
    if on_monday:
        _tell_week(on_monday, now)


def _tell_failing(members: list[Member], now: datetime) -> None:
    """Name the repositories that fail, when there is a new one among them. One notice for each course."""
    failing: dict[int, list[StudentRepository]] = defaultdict(list)
    for repository in failing_repositories(now):
        if repository.since <= now - SHORT:
            failing[repository.enrolment.course_id].append(repository)

    def seen_by(member: Member) -> list[StudentRepository]:
        return [row for row in failing.get(member.course.pk, ()) if member.sees(row.enrolment)]

    def describe(member: Member) -> dict[str, Any]:
        repositories = seen_by(member)
        students = [
            (isolated(row.enrolment.person.display_name), failure_later(row.reason)) for row in repositories[:NAMED]
        ]
        return {"students": students, "number": len(repositories), "more": max(len(repositories) - NAMED, 0)}

    events = [
        (member, f"course:{member.course.pk}:{to_epoch(repositories[0].since)}")
        for member in members
        if (repositories := seen_by(member))
    ]
    _tell(FAILING, events, "students_failing", describe, "course-matrix", "?state=failing")


def _tell_waiting(members: list[Member]) -> None:
    """Count the repositories that wait for the teacher, when there is a new one among them."""
    waiting = repository_confirmation.newest_waiting(_courses(members))
    events = [
        (member, f"course:{member.course.pk}:{waiting[member.course.pk].newest}")
        for member in members
        if member.course.pk in waiting
    ]
    _tell(
        WAITING,
        events,
        "request_waiting",
        lambda member: {"number": waiting[member.course.pk].number},
        "course-repositories-confirm",
    )


def _tell_week(members: list[tuple[Member, date]], now: datetime) -> None:
    """Sum up the last seven days of each course that has tasks, for the students whom each member sees."""
    open_events = _untold(WEEKLY, [(member, f"course:{member.course.pk}:{day.isoformat()}") for member, day in members])
    counts = _counts_by_sight([member for member, _key in open_events], now)
    with_counts = [(member, key) for member, key in open_events if (member.course.pk, member.limit) in counts]

    def describe(member: Member) -> dict[str, Any]:
        return counts[member.course.pk, member.limit]._asdict() | {"is_limited": member.limit is not None}

    _tell(WEEKLY, with_counts, "weekly_summary", describe, "course-matrix")


def _counts_by_sight(members: Iterable[Member], now: datetime) -> dict[tuple[int, GroupLimit], WeeklyCounts]:
    """Return the counts by the key of the course and the limit.

    A fixed number of queries for each limit that the members of one course have.
    """
    courses: dict[int, Course] = {}
    limits: dict[int, list[GroupLimit]] = defaultdict(list)
    for member in members:
        courses[member.course.pk] = member.course
        if member.limit not in limits[member.course.pk]:
            limits[member.course.pk].append(member.limit)
    counts: dict[tuple[int, GroupLimit], WeeklyCounts] = {}
    while limits := {pk: left for pk, left in limits.items() if left}:
        now_read = {pk: left.pop() for pk, left in limits.items()}
        groups = {pk: limit for pk, limit in now_read.items() if limit is not None}
        for pk, numbers in weekly_counts([courses[pk] for pk in now_read], now, groups).items():
            counts[pk, now_read[pk]] = numbers
    return counts


def _is_running(course: Course, today: date) -> bool:
    """Whether the semester of a course runs today or ended in the last week; also when its days are not known."""
    first, last = course.semester.starts_on, course.semester.ends_on
    return (first is None or first < today) and (last is None or today - WEEK <= last)


def _courses(members: Iterable[Member]) -> list[Course]:
    return list({member.course.pk: member.course for member in members}.values())


def _untold(kind: str, events: Iterable[tuple[Member, str]]) -> list[tuple[Member, str]]:
    by_person_and_key = {(member.person.pk, key): (member, key) for member, key in events}
    pairs = untold(kind, [(member.person, key) for member, key in by_person_and_key.values()])
    return [by_person_and_key[person.pk, key] for person, key in pairs]


def _tell(
    kind: str,
    events: Iterable[tuple[Member, str]],
    template: str,
    describe: Callable[[Member], dict[str, Any]],
    page: str,
    query: str = "",
) -> None:
    """Write a notice for each course of these events, to all members of its team who were not told yet.

    Members who see other students get a notice of their own.
    """
    by_sight: dict[tuple[str, GroupLimit], list[Member]] = defaultdict(list)
    for member, key in _untold(kind, events):
        by_sight[key, member.limit].append(member)
    for (key, _limit), members in by_sight.items():
        course = members[0].course
        with transaction.atomic():
            notify_all(
                [member.person for member in members],
                kind,
                key=key,
                template=f"courses/mail/{template}.txt",
                context={"course": isolated(course.title)} | describe(members[0]),
                path=reverse(page, args=(course.pk,)) + query,
            )
