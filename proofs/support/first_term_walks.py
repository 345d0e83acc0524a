"""The steps of each person of the proof `first_term`, in the order of a term."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, expect

from kernel.testing.processes import wait_until
from proofs.support import college_files
from proofs.support.college_files import CollegeStudent
from proofs.support.received_mails import Mailbox, link_of
from proofs.support.walker import Album, Count, Walker

PASSWORD, NEW_PASSWORD = "correct horse battery", "four other good words"
STUDENTS = 120


@dataclass
class School:
    """The empty installation, its browser and what is counted."""

    browser: Browser
    base: str
    folder: Path
    counts: dict[str, Count]
    album: Album
    mailbox: Mailbox
    has_mail: bool
    first_address: str
    faults: list[str] = field(default_factory=list)

    def person(self, role: str, **options: Any) -> Walker:
        return Walker(self.browser, self.base, role, self.counts[role], self.album, **options)


def walk_with_mail(school: School) -> None:
    staff = make_first_staff(school)
    add_person(staff, "Add a teacher", "marie.cote", "Marie", "Côté")
    staff.sees("The invitation to marie.cote@college.example will be sent now.")
    teacher = comes_by_mail(school, "teacher", "marie.cote@college.example")
    make_course(teacher)
    people = send_class(teacher, school)
    student_comes(school, people[0].address)
    staff.open_menu()
    staff.follow("Administration", "administration")
    staff.follow("Add", "add-person", within=".model-user")
    add_person(staff, "", "noe.roy", "Noé", "Roy")
    add_assistant(teacher)
    assistant = comes_by_mail(school, "assistant", "noe.roy@college.example")
    assistant_looks(assistant)
    leave(school, assistant, teacher, staff)


def walk_without_mail(school: School) -> None:
    staff = make_first_staff(school)
    add_person(staff, "Add a teacher", "marie.cote", "Marie", "Côté")
    staff.follow("Open the mail with the link", "mails-of-teacher")
    teacher = comes_by_link(school, "teacher", link_of_first_mail(staff))
    make_course(teacher)
    people = send_class(teacher, school)
    code = print_codes(staff, people[0])
    student = school.person("student")
    student.open("/", "sign-in")
    uses_code(student, people[0].number, code, "home")
    student.sees("Programmation I")
    student.open_menu()
    student.press("Sign out", "signed-out")
    student.follow("Forgot your password?", "forgot")
    student.type("E-mail address", people[0].address)
    student.press("Send the link", "link-sent")
    staff.open_menu()
    staff.follow("Mails", "mails")
    student.open(link_of_first_mail(staff), "reset")
    set_password(student, "home-again", NEW_PASSWORD)
    staff.open_menu()
    staff.follow("Administration", "administration")
    staff.follow("Add", "add-person", within=".model-user")
    add_person(staff, "", "noe.roy", "Noé", "Roy")
    add_assistant(teacher)
    staff.follow("Print a one-time code", "code-of-assistant")
    staff.press("Make the codes", "codes-of-assistant")
    assistant = school.person("assistant")
    assistant.open("/", "sign-in")
    uses_code(assistant, "noe.roy", staff.page.locator(".at-slip strong").first.inner_text(), "home")
    assistant_looks(assistant)
    leave(school, student, assistant, teacher, staff)


def make_first_staff(school: School) -> Walker:
    """The first account, at the address that the start has printed, and the first step of the home page."""
    staff = school.person("staff")
    staff.open("/", "sign-in")
    staff.sees("Nobody has an account here yet.")
    staff.open(school.first_address, "first-account")
    staff.type("User name", "ada")
    staff.type("First name", "Ada")
    staff.type("Last name", "Roux")
    staff.type("E-mail address", "ada@college.example")
    staff.type("Password", PASSWORD)
    staff.press("Make the account and sign in", "home")
    staff.sees("First steps of this installation")
    staff.follow("Name the school", "school")
    staff.type("Name of the school", "Collège de la Rive")
    staff.press("Save", "home-named")
    staff.sees("Collège de la Rive")
    return staff


def add_person(staff: Walker, step: str, username: str, first_name: str, last_name: str) -> None:
    """Fill in the form of a new person, which a first step opens, and invite them with it."""
    if step:
        staff.follow(step, "add-teacher")
    staff.type("User name:", username)
    staff.type("First name:", first_name)
    staff.type("Last name:", last_name)
    staff.type("E-mail address:", f"{username}@college.example")
    staff.press("Save", f"{username}-added")
    staff.sees(f"{first_name} {last_name}", "Invitation", "Sent")


def comes_by_mail(school: School, role: str, address: str) -> Walker:
    return comes_by_link(school, role, link_of(school.mailbox.wait_for(address, "nvitation")))


def comes_by_link(school: School, role: str, link: str) -> Walker:
    walker = school.person(role)
    walker.open(link, "invitation")
    set_password(walker, "home")
    return walker


def set_password(walker: Walker, page: str, password: str = PASSWORD) -> None:
    walker.type("Password", password)
    walker.press("Set the password and sign in", page)


def uses_code(walker: Walker, username: str, code: str, page: str) -> None:
    walker.follow("I have a printed code", "printed-code")
    walker.type("User name", username)
    walker.type("Code", code)
    set_password(walker, page)


def make_course(teacher: Walker) -> None:
    teacher.sees("Your first course")
    teacher.follow("New course", "new-course")
    teacher.type("Title", "Programmation I")
    teacher.type("Semester", "Automne 2026")
    teacher.press("Create the course", "course")


def send_class(teacher: Walker, school: School) -> list[CollegeStudent]:
    """Send the file of the register, then the workbook of the same class, in which two students changed groups."""
    people = college_files.students(STUDENTS)
    register, workbook = school.folder / "Étudiants A2026.csv", school.folder / "Class list.xlsx"
    college_files.write_register(register, people)
    moved = [student._replace(group=college_files.GROUPS[3]) for student in people[:2]]
    college_files.write_workbook(workbook, [*moved, *people[2:]])
    teacher.follow("Roster", "roster", within=".at-tabs")
    send_file(teacher, register, f"Apply {len(people)} lines", "register")
    expect_counts(teacher, "New account", len(people))
    if school.has_mail:
        wait_until(lambda: school.mailbox.count() == len(people) + 1, 120)
    teacher.follow("Open the roster", "roster-full")
    send_file(teacher, workbook, "Apply 2 lines", "workbook")
    expect_counts(teacher, "Moves to another group", 2)
    expect_counts(teacher, "Already there", len(people) - 2)
    teacher.follow("Open the roster", "roster-moved")
    send_file(teacher, workbook, "", "workbook-again")
    teacher.sees("The file changes nothing in the roster.")
    teacher.follow("Open the roster", "roster-same")
    teacher.follow("Invitations", "invitations")
    teacher.sees(f"0 signed in, {len(people)} not yet")
    return people


def send_file(teacher: Walker, file: Path, button: str, name: str) -> None:
    teacher.follow("Add from a file", f"{name}-file")
    teacher.pick_file("File", file)
    teacher.press("Show the preview", f"{name}-preview")
    if button:
        teacher.press(button, f"{name}-applied")
        teacher.waits_for("Done", f"{name}-done")


def expect_counts(teacher: Walker, effect: str, number: int) -> None:
    expect(teacher.page.locator(".at-card-foot span", has_text=effect).first).to_contain_text(f"{effect} {number}")


def student_comes(school: School, address: str) -> None:
    """The first sign-in by the mail, the page of the course, and a forgotten password."""
    student = comes_by_mail(school, "student", address)
    student.sees("Programmation I", "No task yet")
    student.open_menu()
    student.press("Sign out", "signed-out")
    student.follow("Forgot your password?", "forgot")
    student.type("E-mail address", address)
    student.press("Send the link", "link-sent")
    student.open(link_of(school.mailbox.wait_for(address, "password", "mot de passe")), "reset")
    set_password(student, "home-again", NEW_PASSWORD)
    student.sees("Programmation I")
    leave(school, student)


def add_assistant(teacher: Walker) -> None:
    """Find the new person on the page of the team, and make them an assistant."""
    teacher.follow("Roster", "roster-again", within=".at-tabs")
    teacher.follow("Teachers and assistants", "team")
    teacher.type("Find a person", "roy")
    teacher.press("Find", "team-found")
    teacher.follow("Choose Noé Roy", "team-choose")
    teacher.press("Add to the course", "team-added")
    teacher.sees("Noé Roy")


def assistant_looks(assistant: Walker) -> None:
    """The assistant finds the course, its students and the help."""
    assistant.follow("Courses", "courses")
    assistant.follow("Programmation I", "matrix")
    assistant.follow("Roster", "roster", within=".at-tabs")
    assistant.sees("Zoé Bélanger")
    assistant.follow("Help", "help")


def link_of_first_mail(staff: Walker) -> str:
    """Open the newest mail of the page of mails. Return the link in it."""
    staff.sees("No mail server is set up")
    staff.follow_first(".at-rows .at-row-title", "mail")
    return staff.page.locator(".at-card a[rel=noreferrer]").inner_text()


def print_codes(staff: Walker, student: CollegeStudent) -> str:
    """Print the codes of the whole class. Return the code of this student."""
    staff.follow("Courses", "courses")
    staff.follow("Programmation I", "matrix")
    staff.follow("Roster", "roster", within=".at-tabs")
    staff.follow("Invitations", "invitations")
    staff.press(f"Print {STUDENTS} one-time codes", "codes")
    return staff.page.locator(".at-slip", has_text=student.number).locator("strong").inner_text()


def leave(school: School, *walkers: Walker) -> None:
    for walker in walkers:
        school.faults += walker.faults
        walker.close()
