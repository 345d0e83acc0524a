"""What each person of the proof `first_term` does, in the order of a term."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser

from proofs.support import college_files
from proofs.support.college_files import CollegeStudent
from proofs.support.first_account import make_first_account
from proofs.support.received_mails import Mailbox, link_of
from proofs.support.walker import Album, Count, Walker

PASSWORD = "correct horse battery"


@dataclass
class School:
    """The empty installation, its browser and what is counted."""

    browser: Browser
    base: str
    folder: Path
    counts: dict[str, Count]
    album: Album
    mailbox: Mailbox
    number_of_students: int
    faults: list[str] = field(default_factory=list)

    def person(self, role: str, **options: Any) -> Walker:
        return Walker(self.browser, self.base, role, self.counts[role], self.album, **options)

    def leave(self, walker: Walker) -> None:
        self.faults += walker.faults
        walker.close()


def walk_with_mail(school: School) -> None:
    staff = make_first_staff(school)
    add_teacher(staff)
    teacher = school.person("teacher")
    teacher.open(link_of(school.mailbox.wait_for("marie@college.example", "invitation")), "invitation")
    set_password(teacher, "home")
    people = make_course(teacher, school)
    print(f"  {school.number_of_students} students are invited", flush=True)
    student_comes(school, people[0])
    student_forgets(school, people[0])
    teacher.follow("Invitations", "invitations")
    add_assistant(school, staff, teacher)
    school.leave(teacher)
    school.leave(staff)


def walk_without_mail(school: School) -> None:
    raise NotImplementedError


def make_first_staff(school: School) -> Walker:
    """The first account, the sign-in, and the steps of the home page that take a click."""
    staff = school.person("staff")
    staff.open("/", "sign-in")
    make_first_account(school.folder / "home", staff.count, ["ada", "ada@college.example", PASSWORD, PASSWORD])
    staff.type("User name", "ada")
    staff.type("Password", PASSWORD)
    staff.press("Sign in", "home")
    staff.sees("First steps of this installation")
    staff.follow("Name the school", "school")
    staff.type("Name of the school", "Collège de la Rive")
    staff.press("Save", "home-named")
    staff.sees("Collège de la Rive")
    return staff


def add_teacher(staff: Walker) -> None:
    staff.follow("Add a teacher", "add-teacher")
    staff.type("Username:", "marie.cote")
    staff.type("First name:", "Marie")
    staff.type("Last name:", "Côté")
    staff.type("Email address:", "marie@college.example")
    staff.press("Save", "teacher-saved")
    staff.page.pause()


def set_password(walker: Walker, page: str) -> None:
    walker.type("Password", PASSWORD)
    walker.press("Set the password and sign in", page)


def make_course(teacher: Walker, school: School) -> list[CollegeStudent]:
    people = college_files.students(school.number_of_students)
    teacher.follow("New course", "new-course")
    return people


def student_comes(school: School, student: CollegeStudent) -> None: ...


def student_forgets(school: School, student: CollegeStudent) -> None: ...


def add_assistant(school: School, staff: Walker, teacher: Walker) -> None: ...
