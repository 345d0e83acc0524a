"""Parse the events of the contract from their JSON bodies.

Ids and paths are checked strictly. Everything that the two original programs sent is accepted: numbers and booleans as
text, null for absent, `"<sha>.."`, a missing first slash, `teacher/course`.
"""

from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from gitsync.git.remarks import join_remarks, split_remarks
from kernel.errors import Malformed
from kernel.ids import clean_id, clean_path, clean_teacher_id, id_as_text
from kernel.wire import read_boolean, read_integer, read_text

KINDS = frozenset(
    {
        "OnClone",
        "OnCloneFailed",
        "OnPull",
        "OnPullFailed",
        "OnUnknownRepoURL",
        "OnNewCommits",
        "OnExerciseCompleted",
        "OnExerciseCompletedUpdate",
        "OnCommitModelUpdate",
    }
)
ID_FIELDS = ("teacherId", "semesterId", "courseId", "groupId", "studentId")


@dataclass(frozen=True)
class ReportedCommit:
    """A commit as the Git module reports it.

    time, late_time: epoch seconds; `late_time` is the time that counts for a deadline, None when it is not sent.
    efforts: by exercise path.
    completes: the path of the exercise that the commit completes, or "".
    remarks: the codes of what could not be read of the commit (gitsync/git/remarks.py), with commas.
    reverts: the id of the commit whose whole effect this one reverts, or "".
    """

    commit_id: str
    time: int
    late_time: int | None
    subject: str
    efforts: dict[str, int]
    completes: str
    remarks: str = ""
    reverts: str = ""

    @property
    def is_outside_folder(self) -> bool:
        """Whether the commit completes an exercise, and changes only files that do not belong to it."""
        return bool(self.completes and self.efforts) and self.completes not in self.efforts


@dataclass(frozen=True)
class Event:
    """One event of the contract.

    The ids are "" in an OnUnknownRepoURL, which has none. `repo_path` is "" when the event does not name it.
    `late_time` and `proven_time` are those of a completion: the time that counts, and when a completing commit was
    first seen, where that is later.
    """

    kind: str
    teacher_id: str = ""
    semester_id: str = ""
    course_id: str = ""
    student_id: str = ""
    repo_path: str = ""
    repo_url: str = ""
    reason: str = ""
    exercise_path: str = ""
    completed: bool = True
    late_time: int | None = None
    proven_time: int | None = None
    commits: list[ReportedCommit] = field(default_factory=list)


def with_ids_as_text(body: dict[str, Any]) -> dict[str, Any]:
    """Return the body with numeric ids as text, because stored events are found by their ids."""
    return body | {name: id_as_text(body[name]) for name in ID_FIELDS if name in body}


def parse_event(body: dict[str, Any]) -> Event:
    """Parse one event. Raises Malformed, also for a kind that is not in the contract."""
    kind = body.get("_C")
    if not isinstance(kind, str) or kind not in KINDS:
        raise Malformed("unknown_kind", _("_C is not an event of the contract."), field="_C")
    url = read_text(body, "repoUrl", "", limit=4000)
    if kind == "OnUnknownRepoURL":
        return Event(kind, repo_url=url)
    teacher, course = _course(body)
    completion = kind in ("OnExerciseCompleted", "OnExerciseCompletedUpdate")
    return Event(
        kind,
        teacher_id=teacher,
        semester_id=clean_id(body.get("semesterId"), "semesterId"),
        course_id=course,
        student_id=clean_id(body.get("studentId"), "studentId"),
        repo_path=clean_path(body["repoPath"], "repoPath") if body.get("repoPath") is not None else "",
        repo_url=url,
        reason=read_text(body, "reason", "")[:200],
        exercise_path=clean_path(body.get("exercisePath"), "exercisePath") if completion else "",
        completed=read_boolean(body, "exerciseCompleted", True) if kind == "OnExerciseCompletedUpdate" else True,
        late_time=_optional_integer(body, "lateTime"),
        proven_time=_optional_integer(body, "provenTime"),
        commits=read_commits(body.get("commits")) if kind == "OnNewCommits" else [],
    )


def _course(body: dict[str, Any]) -> tuple[str, str]:
    """Return (teacherId, courseId), also from the old form `teacher/course`."""
    teacher, course = body.get("teacherId"), body.get("courseId")
    if isinstance(course, str) and course.count("/") == 1:
        owner, course = course.split("/")
        if teacher is not None and clean_teacher_id(teacher) != clean_teacher_id(owner):
            raise Malformed("bad_id", _("teacherId and courseId name different teachers."), field="teacherId")
        teacher = owner
    return clean_teacher_id(teacher), clean_id(course, "courseId")


def read_commits(value: Any) -> list[ReportedCommit]:
    """Parse a list of commits: plain, or wrapped as in the models (`{"_C": "ObservableCommitList", "value": […]}`).

    Raises Malformed.
    """
    if isinstance(value, dict):
        value = value.get("value")
    if value is None:
        return []
    if not isinstance(value, list):
        raise Malformed("bad_commits", _("commits must be a list."), field="commits")
    return [_commit(item) for item in value]


def _commit(item: Any) -> ReportedCommit:
    if not isinstance(item, dict):
        raise Malformed("bad_commits", _("commits must hold objects."), field="commits")
    files = item.get("modifiedFiles") or []
    if isinstance(files, dict):
        files = files.get("value") or []
    if not isinstance(files, list):
        raise Malformed("bad_commits", _("modifiedFiles must be a list."), field="modifiedFiles")
    efforts: dict[str, int] = {}
    for changed in files:
        if not isinstance(changed, dict):
            continue  # an old program listed bare file names, without exercise or effort
        path = clean_path(changed.get("exercisePath") or "/", "exercisePath")
        efforts[path] = efforts.get(path, 0) + max(0, read_integer(_present(changed), "estimatedEffort", 0))
    completes = item.get("exercisePathIfCompleted") or ""
    return ReportedCommit(
        commit_id=clean_id(item.get("commitId"), "commitId")[:64],
        time=read_integer(item, "timeStamp"),
        late_time=_optional_integer(item, "lateTime"),
        subject=_subject(item.get("commitMessageFirstLine")),
        efforts=efforts,
        completes=clean_path(completes, "exercisePathIfCompleted") if completes else "",
        remarks=_remarks(item.get("remarks")),
        reverts=clean_id(item["reverts"], "reverts")[:64] if item.get("reverts") else "",
    )


def _remarks(value: Any) -> str:
    """Return the known codes; another Git module may send others, or none."""
    codes = [code for code in value if isinstance(code, str)] if isinstance(value, list) else []
    return join_remarks(split_remarks(",".join(codes[:20])))


def _subject(value: Any) -> str:
    """Return a text of at most 200 characters, without NUL and lone surrogates, which no database stores."""
    text = str(value or "")[:200].replace("\0", "")
    return text.encode("utf-8", "replace").decode()


def _present(data: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in data.items() if value is not None}


def _optional_integer(data: dict[str, Any], name: str) -> int | None:
    return read_integer(data, name) if data.get(name) is not None else None
