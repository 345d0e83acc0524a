"""The actions of the students of proofs/cheating.py before and after the deadline, and the expected results."""

import time
from dataclasses import dataclass

from proofs.support.cheating_class import DAY, HOUR, IN_2037, TITLE, CheatingClass
from proofs.support.from_outside import check

DONE = f"{TITLE}: done"
SOLUTION = {"ex1__Main_txt": "1\n2\n3\n4\n5\n"}


@dataclass(frozen=True)
class WireAnswers:
    """The answers of the wire: whether GetLateStudents names the student, and the fields of the student's summary.

    `counts_as` and `seen` say whether the work counts as done, and was first seen, before or after the deadline:
    `lateTime` and `provenTime` of the events; "" without a completion.
    """

    late: bool
    completed: bool
    completed_before: bool
    unproven: bool
    counts_as: str
    seen: str


@dataclass(frozen=True)
class Attempt:
    """One student's attempt.

    `number` is that of the kind of cheating, 0 for honest work. `status` is the key of the status on pages.
    `teacher_reads` and `student_reads` are on their pages of this student, in English and in French.
    """

    number: int
    student: str
    did: str
    status: str
    wire: WireAnswers
    teacher_reads: tuple[tuple[str, str], ...] = ()
    student_reads: tuple[tuple[str, str], ...] = ()


ON_TIME = WireAnswers(False, True, True, False, "before", "before")
NOT_VERIFIED = WireAnswers(False, True, True, True, "before", "after")
LATE = WireAnswers(True, True, False, False, "after", "after")
ERASED = WireAnswers(True, False, False, False, "before", "before")
NOT_DONE = WireAnswers(True, False, False, False, "", "")
UNVERIFIED_FOR_THE_TEACHER = (
    "but Atelier first saw it after the deadline",
    "mais Atelier l’a vu pour la première fois après l’échéance",
)
UNVERIFIED_FOR_THE_STUDENT = ("first seen after the deadline", "vu pour la première fois après l’échéance")
REMOVED_BY_A_REWRITE = ("removed by a rewrite", "supprimé par une réécriture")
REWRITTEN = ("History rewritten", "Historique réécrit")
REPLACED = (
    "a rewrite replaced that work after the deadline",
    "une réécriture a remplacé ce travail après l’échéance",
)
GIVEN_AGAIN = ("given again", "donné à nouveau")
HANDED_OUT = ("handed out by the teacher", "distribué par l’enseignant")

KINDS = {
    1: "a back-dated first import",
    2: "a copy of the repository under a new address, after late work",
    3: "a forged hook before the push",
    4: "a forced push that erases or replaces a completion",
    5: "a clock that is ahead",
    6: "a starter repository alone, with the keyword in its message",
    0: "for comparison: honest work",
}
ATTEMPTS = [
    Attempt(
        1,
        "alma",
        "gives a repository for the first time after the deadline; all its commits are dated before it",
        "unproven",
        NOT_VERIFIED,
        teacher_reads=(UNVERIFIED_FOR_THE_TEACHER,),
        student_reads=(UNVERIFIED_FOR_THE_STUDENT,),
    ),
    Attempt(
        2,
        "basile",
        "pushes back-dated work after the deadline, then gives a copy of the repository at another address",
        "late",
        LATE,
        teacher_reads=(GIVEN_AGAIN,),
    ),
    Attempt(
        2,
        "bruno",
        "has nothing in the repository at the deadline, then gives a copy with back-dated work at another address",
        "late",
        LATE,
        teacher_reads=(GIVEN_AGAIN,),
    ),
    Attempt(
        3,
        "chloe",
        "sends an unsigned and a wrongly signed hook about a commit, and pushes it after the deadline",
        "late",
        LATE,
    ),
    Attempt(
        3,
        "cyril",
        "sends a rightly signed hook about a commit, and pushes it after the deadline before anybody looks again",
        "unproven",
        NOT_VERIFIED,
        teacher_reads=(UNVERIFIED_FOR_THE_TEACHER,),
        student_reads=(UNVERIFIED_FOR_THE_STUDENT,),
    ),
    Attempt(
        4,
        "dario",
        "is done in time; a forced push after the deadline erases that work",
        "removed",
        ERASED,
        teacher_reads=(REMOVED_BY_A_REWRITE, REWRITTEN),
        student_reads=(REMOVED_BY_A_REWRITE,),
    ),
    Attempt(
        4,
        "dana",
        "is done in time; a forced push after the deadline replaces that work by better, back-dated work",
        "done",
        ON_TIME,
        teacher_reads=(REWRITTEN, REPLACED),
    ),
    Attempt(
        5,
        "elif",
        "pushes in time, with a clock that is two days ahead",
        "done",
        ON_TIME,
    ),
    Attempt(
        5,
        "emil",
        "pushes after the deadline, with a clock in 2037",
        "late",
        LATE,
    ),
    Attempt(
        6,
        "farid",
        f"gives the repository as it was handed out; its last message begins with “{TITLE}”",
        "overdue",
        NOT_DONE,
        teacher_reads=(HANDED_OUT,),
        student_reads=(HANDED_OUT,),
    ),
    Attempt(
        0,
        "gaia",
        "pushes in time, and the forge’s hook says so",
        "done",
        ON_TIME,
    ),
]


def begin(school: CheatingClass) -> None:
    """Let all but Alma give a repository, and let the starter be named; nothing is confirmed yet."""
    for attempt in ATTEMPTS:
        name = attempt.student
        if name == "farid":
            work = school.begin(name)
            starter = work.commit(f"{TITLE}: begin here", at=int(time.time()) - 2 * DAY, ex1__Main_txt="// to do\n")
            work.push()
            school.name_starter(starter)
        elif name != "alma":
            school.begin(name)
        if name != "alma":
            school.give(name, name)


def before_the_deadline(school: CheatingClass) -> None:
    """Let the honest ones work, and the others prepare. The repositories are confirmed and read."""
    now = int(time.time())
    for name in ("gaia", "dario", "dana"):
        school.works[name].commit(DONE, at=now - HOUR, **SOLUTION)
        school.push(name)
    school.works["elif"].commit(DONE, at=now + 2 * DAY, **SOLUTION)
    school.push("elif")
    for name in ("chloe", "cyril"):  # not pushed
        school.works[name].commit(DONE, at=now - HOUR, **SOLUTION)
    unsigned = school.send_hook("chloe")
    wrong = school.send_hook("chloe", secret="whsec_d3Jvbmc=")
    check((unsigned, wrong) == (200, 403), f"the forged hooks of chloe: unsigned {unsigned}, wrongly signed {wrong}")
    right = school.send_hook("cyril", secret=school.hook.secret)
    check(right == 202, f"the forged hook of cyril, signed with the secret that every student may see: {right}")
    school.wait_until_idle()


def after_the_deadline(school: CheatingClass) -> None:
    """Let everybody cheat. The deadline is over for a minute."""
    school.read_again(["basile", "bruno", "chloe", "dana", "emil"])
    in_time = school.deadline - HOUR
    for name in ("basile", "chloe", "cyril"):
        if name == "basile":
            school.works[name].commit(DONE, at=in_time, **SOLUTION)
        school.push(name)
    school.works["emil"].commit(DONE, at=IN_2037, **SOLUTION)
    school.push("emil")
    dario = school.works["dario"]
    dario.git("reset", "-q", "--hard", "HEAD~1")
    dario.commit("Begin again", at=in_time, notes_txt="another plan\n")
    dana = school.works["dana"]
    dana.git("reset", "-q", "--hard", "HEAD~1")
    dana.commit(DONE, at=in_time, ex1__Main_txt="the solution of somebody else\n" * 40)
    for name in ("dario", "dana"):
        school.push(name, "-f", "origin", "HEAD")
    school.wait_until_idle()
    copy(school, "basile")
    copy(school, "bruno")
    school.works["bruno-2"].commit(DONE, at=in_time, **SOLUTION)
    alma = school.repository("alma")
    alma.commit("Begin", at=school.deadline - 3 * DAY, README_txt="alma\n")
    alma.commit(DONE, at=in_time, **SOLUTION)
    alma.push()
    school.give("alma", "alma")
    for name in ("basile", "bruno"):
        school.works[f"{name}-2"].push()
        school.give(name, f"{name}-2")
    school.wait_until_idle()


def copy(school: CheatingClass, name: str) -> None:
    """Copy a student's repository, with its history, to another address."""
    work = school.repository(f"{name}-2")
    work.git("fetch", "-q", school.server.url(name), "main")
    work.git("reset", "-q", "--hard", "FETCH_HEAD")
