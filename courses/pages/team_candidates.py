"""The search of people whom a teacher can add to the teaching team of a course."""

from dataclasses import dataclass

from accounts.models import User, name_of
from courses.models import Course, Enrolment
from kernel.text.folding import fold_for_search

SHORTEST = 2  # characters of a search
MOST = 20  # people in the list


@dataclass(frozen=True)
class Candidate:
    """A person whom the search found. `role` is theirs in the course now, "" for none.

    `is_semester_teacher`: they teach the course already, as the teacher of the semester.
    """

    username: str
    name: str
    is_teacher: bool
    is_semester_teacher: bool
    role: str

    @property
    def is_student(self) -> bool:
        return self.role == Enrolment.Role.STUDENT

    @property
    def may_be_added(self) -> bool:
        return not (self.is_semester_teacher or self.role)


def find_candidates(course: Course, search: str) -> tuple[list[Candidate], bool]:
    """Return the people with each word of `search` in their name or user name, and whether there are more than MOST.

    Nobody for a search that is too short. Leaves out programs and closed accounts. Two queries.
    """
    words = fold_for_search(search).split()
    if len("".join(words)) < SHORTEST:
        return [], False
    people = User.objects.filter(is_active=True).exclude(kind=User.Kind.SERVICE)
    rows = people.order_by("last_name", "first_name", "username")
    found = []
    for pk, username, first_name, last_name, kind in rows.values_list(
        "pk", "username", "first_name", "last_name", "kind"
    ).iterator(chunk_size=5_000):
        text = fold_for_search(f"{first_name} {last_name} {username}")
        if all(word in text for word in words):
            found.append((pk, username, name_of(first_name, last_name, username), kind == User.Kind.TEACHER))
    keys = [pk for pk, *_values in found[:MOST]]
    roles = dict(course.enrolments.filter(person__in=keys).values_list("person", "role"))
    teacher_id = course.semester.teacher_id
    candidates = [
        Candidate(username, name, is_teacher, pk == teacher_id, roles.get(pk, ""))
        for pk, username, name, is_teacher in found[:MOST]
    ]
    return candidates, len(found) > MOST
