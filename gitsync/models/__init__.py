"""Repositories, what is watched in them, and what was seen and said.

gitsync knows the wire's ids as text and people not at all. Times that come from Git or are compared with it are epoch
seconds in UTC (Git allows dates no DateTimeField holds); times of our own doing are DateTimeFields.
Wide texts that must be unique carry a SHA-256 (`…_hash`), because MariaDB's index keys end at 3,072 bytes.
"""

from gitsync.models.commits import Commit, Completion, FileChange, Match, Push, effort
from gitsync.models.hook_addresses import HookAddress
from gitsync.models.messages import Delivery, OutboxEvent, Request, UnknownUrl
from gitsync.models.registrations import CourseKey, ExpectedRepository, Registration, StudentKey, WatchedExercise
from gitsync.models.repositories import LocalCopy, Repository

__all__ = [
    "Commit",
    "Completion",
    "CourseKey",
    "Delivery",
    "ExpectedRepository",
    "FileChange",
    "HookAddress",
    "LocalCopy",
    "Match",
    "OutboxEvent",
    "Push",
    "Registration",
    "Repository",
    "Request",
    "StudentKey",
    "UnknownUrl",
    "WatchedExercise",
    "effort",
]
