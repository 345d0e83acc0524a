"""The import of a file of people: the effect of each line on accounts, groups and the roster."""

import io

import pytest

from accounts.models import AuditEvent, User
from courses.domain import student_repositories, teaching_team
from courses.models import Enrolment
from courses.rules.planned_lines import counts_of
from courses.tests.roster_files import HEAD, apply, effects, plan_of
from gitsync.models import Registration
from kernel.tables.reading import read_table
from kernel.testing.workbooks import xlsx
from live.models import Change


def test_each_line_says_its_effect_before_anything_is_written(school, person):
    person("dora", first_name="Dora", last_name="Roy")
    text = HEAD + (
        "1000001;Tremblay;Élodie;elodie@school.example;Groupe 01\n"  # a new account
        "dora;Autre;Nom;dora@school.example;A1\n"  # an account that is not in the course
        "alice;Martin;Alice;;A2\n"  # moves from A1
        "bob;Martin;Bob;bob@school.example;A2\n"
        ";;;alice@;A1\n"
        "teacher;;;;A1\n"
    )
    assert effects(plan_of(school.course, text)) == [
        (2, "new", "1000001"),
        (3, "added", "dora"),
        (4, "moved", "alice"),
        (5, "same", "bob"),
        (6, "error", ""),
        (7, "contradiction", "teacher"),
    ]
    assert Enrolment.objects.count() == 2 and not User.objects.filter(username="1000001").exists()


def test_a_file_that_was_applied_changes_nothing_the_second_time(school, person):
    person("dora", first_name="Dora", last_name="Roy")
    text = HEAD + (
        "1000001;Tremblay;Élodie;elodie@school.example;Groupe 01\n"
        "dora;Autre;Nom;autre@school.example;Groupe 01\n"
        ";Sans;Compte;;A1\n"
        ";Gagné;Zoé;zoe.g@school.example;\n"
    )
    first = apply(school.course, text)
    assert first.counts == counts_of(["new", "added", "new", "new"])
    groups = set(school.course.groups.values_list("group_id", "title"))
    assert groups == {("A1", ""), ("A2", ""), ("groupe-01", "Groupe 01")}
    dora = User.objects.get(username="dora")
    assert (dora.first_name, dora.last_name, dora.email) == ("Dora", "Roy", "dora@school.example")
    new = User.objects.get(username="zoe.g")
    assert (new.first_name, new.last_name, new.kind, new.has_usable_password()) == ("Zoé", "Gagné", "student", False)
    before = User.objects.count(), Enrolment.objects.count(), AuditEvent.objects.count(), Change.objects.count()

    second = apply(school.course, text)
    assert second.counts == counts_of(["same"] * 4)
    assert before == (
        User.objects.count(),
        Enrolment.objects.count(),
        AuditEvent.objects.count(),
        Change.objects.count(),
    )
    assert school.course.groups.count() == 3


def test_a_file_with_other_columns_finds_the_same_people(school):
    apply(school.course, HEAD + "1000001;Tremblay;Élodie;elodie@school.example;Groupe 01\n")
    head = ["Étudiant", "E-mail", "Id"]
    content = xlsx(["Liste du cours"], [], head, ["Tremblay, Élodie", "Elodie@school.example", 1000001.0])
    assert effects(plan_of(school.course, content)) == [(4, "same", "1000001")]


def test_groups_are_found_by_id_by_title_and_by_the_id_that_the_title_proposes(school):
    school.course.groups.create(group_id="groupe-01")
    school.course.groups.create(group_id="g2", title="Groupe 02")
    school.course.groups.create(group_id="groupe-03", title="Le troisième")
    titles = ["a1", "GROUPE 02", "Groupe 01", "Groupe 03", "groupe-03", "Groupe 03"]
    text = "Courriel;Groupe\n" + "".join(f"p{n}@school.example;{title}\n" for n, title in enumerate(titles))
    groups = [line.group_id for line in plan_of(school.course, text)]
    assert groups == ["A1", "g2", "groupe-01", "groupe-03-2", "groupe-03", "groupe-03-2"]


def test_user_names_of_the_file_come_before_proposed_ones(school):
    text = "Identifiant;Courriel\n;ama@school.example\nama;other@school.example\n;AMA@elsewhere.example\n"
    assert effects(plan_of(school.course, text)) == [(2, "new", "ama-2"), (3, "new", "ama"), (4, "new", "ama-3")]


def test_contradictions_have_no_effect_and_repeated_lines_count_once(school):
    text = HEAD + (
        "1;Roy;Ama;ama@school.example;A1\n"
        "1;Roy;Ama;ama@school.example;A2\n"
        "2;Roy;Luc;luc@school.example;A1\n"
        "2;Roy;Luc;luc@school.example;A1\n"
        "alice;;;;A1\n"
        ";;;alice@school.example;A2\n"
    )
    row = apply(school.course, text)
    assert [result["outcome"] for result in row.results] == [
        "contradiction",
        "contradiction",
        "new",
        "same",
        "contradiction",
        "contradiction",
    ]
    assert school.course.enrolments.count() == 3


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("program;;;;", "account of a program"),
        ("gone;;;;", "is closed"),
        ("alice;;;bob@school.example;", "belong to two accounts"),
        (";;;twin@school.example;", "Several accounts have this e-mail"),
        ("ALICE;;;;", ""),
        ("Eve;;;;", ""),
        ("EVE;;;;", "could be any of these"),
        (";Martin;Alice;;", ""),
    ],
)
def test_accounts_that_cannot_be_meant_are_refused_with_the_reason(school, person, program, line, words):
    person("gone", is_active=False)
    person("Eve")
    person("eve")
    for name in ("twin1", "twin2"):
        User.objects.filter(pk=person(name).pk).update(email="twin@school.example")
    (planned,) = plan_of(school.course, HEAD + line)
    assert words in planned.sentence and bool(words) == (planned.outcome == "error")


def test_a_teacher_or_an_assistant_of_the_course_in_the_file_is_a_contradiction(school, person):
    for name, kind, role in (("nadia", "teacher", "teacher"), ("helper", "student", "assistant")):
        User.objects.filter(pk=person(name, kind=kind).pk).update(email=f"{name}@school.example")
        teaching_team.add_to_team(None, school.course, username=name, role=role)
    row = apply(school.course, HEAD + "nadia;;;;A2\n;;;helper@school.example;A2\nteacher;;;;A2\nbob;;;;A1\n")
    assert [(result["outcome"], result["sentence"]) for result in row.results] == [
        ("contradiction", "nadia teaches this course and cannot be a student of it."),
        ("contradiction", "helper is an assistant of this course: remove them there before they become a student."),
        ("contradiction", "teacher teaches this course and cannot be a student of it."),
        ("moved", ""),
    ]
    roles = school.course.enrolments.filter(group=None).values_list("person__username", "role")
    assert sorted(roles) == [("helper", "assistant"), ("nadia", "teacher")]


def test_a_moved_student_s_repository_is_registered_with_the_new_group(school):
    url = "https://git.example/a.git"
    student_repositories.give_repository(school.alice.person, school.alice, repo_path="/depot", url=url)
    apply(school.course, HEAD + "alice;;;;Groupe 07\n")
    assert Registration.objects.get().group_id == "groupe-07"


def test_one_audit_event_has_the_counts_and_the_names(school):
    events = AuditEvent.objects.count()
    apply(school.course, HEAD + "11111;Roy;Ama;;A1\n22222;Roy;Luc;;A1\nalice;;;;A2\n")
    event = AuditEvent.objects.order_by("-pk").first()
    assert AuditEvent.objects.count() == events + 1
    assert (event.verb, event.subject, event.actor) == (
        "courses.import_roster",
        f"course:{school.course.pk}",
        school.course.teacher,
    )
    assert event.after["people"] == {"new": ["11111", "22222"], "moved": ["alice"]}
    assert event.after["counts"]["new"] == 2


def test_two_thousand_lines_with_every_kind_of_error_end_in_a_sentence_each(school, person, program):
    person("gone", is_active=False)
    for name in ("twin1", "twin2"):
        User.objects.filter(pk=person(name).pk).update(email="twin@school.example")
    bad = [
        "x y;Roy;Ama;;",
        ";;;nobody@;A1",
        ";;;;A1",
        "teacher;;;;A1",
        f"7;{'n' * 151};Ama;;",
        "8;Ro\u202ey;Ama;;",
        f"9;Roy;Ama;;{'g' * 121}",
        "10000001;Autre;Nom;;A1",
        "10000002;Roy;Ama;p3@school.example;A1",
        "program;;;;A1",
        "gone;;;;A1",
        ";;;twin@school.example;A1",
        '"=cmd|"" /C calc""!A0";=1+1;@SUM(A1);;A1',
        '11;"Roy\n";"A\nma";;A1',
    ]
    lines = [f"{10_000_000 + n};Nom{n};Prénom{n};p{n}@school.example;Groupe {n % 9:02}" for n in range(1_986)]
    row = apply(school.course, HEAD + "\n".join([*lines, *bad]))
    assert len(row.results) == 2_000 and sum(row.counts.values()) == 2_000
    wrong = [result for result in row.results if result["outcome"] in ("error", "contradiction")]
    assert all(result["sentence"] for result in wrong)
    assert {result["number"] for result in wrong} >= {3, 4, 5, *range(1_988, 2_000)}
    assert row.counts["new"] == school.course.enrolments.count() - 2 >= 1_980
    assert User.objects.get(username="11").display_name == "A ma Roy"
    assert not Enrolment.objects.filter(person__username="10000001").exists()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252", "latin-1"])
@pytest.mark.parametrize("separator", [";", ",", "\t", "|"])
def test_a_csv_file_is_read_in_every_encoding_and_with_every_separator(school, encoding, separator):
    text = "Nom;Prénom;Courriel;Groupe\r\nGagné;Noël;noel@school.example;Équipe 1\r\n".replace(";", separator)
    (line,) = plan_of(school.course, text.encode(encoding))
    assert (line.name, line.username, line.group_id, line.group_title) == ("Noël Gagné", "noel", "equipe-1", "Équipe 1")


def test_the_first_sheet_with_text_is_read_and_the_others_are_named():
    import openpyxl

    book, out = openpyxl.Workbook(), io.BytesIO()
    book.create_sheet("Élèves").append(["Matricule", "Note"])
    book["Élèves"].append([1234567.0, "=1+1"])
    book.create_sheet("Notes").append(["x"])
    book.save(out)
    table = read_table(out.getvalue(), "", results=True)
    assert "Élèves" in table.how and table.other_sheets == ["Sheet", "Notes"]
    assert [line.number for line in table.lines] == [1, 2]
