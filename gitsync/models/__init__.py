"""The rows of the Git module.

gitsync stores the ids of the wire as text and has no key to a User. A time that comes from Git, or is compared with
one, is an integer of epoch seconds in UTC, because Git allows dates that no DateTimeField holds. Every other time is a
DateTimeField. A long text that must be unique has a SHA-256 beside it (`…_hash`): MariaDB's index keys end at 3,072
bytes.
"""

from gitsync.models.commits import Commit, Completion, FileChange, Match, Push, effort
from gitsync.models.credentials import Credential, OwnershipProof
from gitsync.models.earlier_times import EarlierTime, FormerRepository
from gitsync.models.fetch_hosts import FetchHost
from gitsync.models.hook_addresses import HookAddress
from gitsync.models.host_keys import HostKey
from gitsync.models.messages import Delivery, OutboxEvent, Request, UnknownUrl
from gitsync.models.registrations import CourseKey, ExpectedRepository, Registration, StudentKey, WatchedExercise
from gitsync.models.repositories import LocalCopy, Repository
from gitsync.models.starters import HandedOut, StarterCommit, StarterRepository

__all__ = [
    "Commit",
    "Completion",
    "CourseKey",
    "Credential",
    "Delivery",
    "EarlierTime",
    "ExpectedRepository",
    "FetchHost",
    "FileChange",
    "FormerRepository",
    "HandedOut",
    "HookAddress",
    "HostKey",
    "LocalCopy",
    "Match",
    "OutboxEvent",
    "OwnershipProof",
    "Push",
    "Registration",
    "Repository",
    "Request",
    "StarterCommit",
    "StarterRepository",
    "StudentKey",
    "UnknownUrl",
    "WatchedExercise",
    "effort",
]
