"""Repositories, what is watched in them, and what was seen and said.

gitsync knows the wire's ids as text and people not at all. Times that come from Git or are compared with it are epoch
seconds in UTC (Git allows dates no DateTimeField holds); times of our own doing are DateTimeFields.
Wide texts that must be unique carry a SHA-256 (`…_hash`), because MariaDB's index keys end at 3,072 bytes.
"""

from gitsync.models.doors import HookDoor
from gitsync.models.history import Commit, Completion, FileChange, Match, Push, effort
from gitsync.models.repositories import Address, Clone
from gitsync.models.traffic import Delivery, OutboxEvent, Request, UnknownUrl
from gitsync.models.watching import CourseKey, ExpectedRepository, Registration, StudentKey, WatchedExercise

__all__ = [
    "Address",
    "Clone",
    "Commit",
    "Completion",
    "CourseKey",
    "Delivery",
    "ExpectedRepository",
    "FileChange",
    "HookDoor",
    "Match",
    "OutboxEvent",
    "Push",
    "Registration",
    "Request",
    "StudentKey",
    "UnknownUrl",
    "WatchedExercise",
    "effort",
]
