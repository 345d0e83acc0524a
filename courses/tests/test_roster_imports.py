"""The import of a file of people: the effect of each line, batches, workers that end, and two imports at once."""

import io
from unittest import mock

import pytest
from django.db import IntegrityError
from django.utils import timezone

from accounts.models import AuditEvent, User
from courses import tasks
from courses.domain import courses, roster, roster_imports, roster_plan, student_repositories
from courses.models import Enrolment, Group, RosterImport
from courses.rules.planned_lines import counts_of, mark_of
from farm.tests.workbooks import xlsx
from gitsync.models import Registration
from kernel.errors import Conflict
from kernel.tables.reading import read_pasted_table, read_table
from kernel.testing.threads import run_at_once
from live.models import Change

HEAD = "Matricule;Nom;Prénom;Courriel;Groupe\n"


def imported(course, text, **options):
    lines = read_pasted_table(text, "") if isinstance(text, str) else read_table(text, "", results=True).lines
    return roster_imports.create_import(course.teacher, course, lines, **options)


def plan_of(course, text):
    return roster_plan.plan_import(imported(course, text))


def begin(row):
    roster_imports.start(row, mark=mark_of(roster_plan.plan_import(row)), invite=True)


def apply(course, text):
    """Apply a whole file and return the import."""
    row = imported(course, text)
    begin(row)
    tasks.apply_roster_import(row.pk)
    row.refresh_from_db()
    assert row.state == RosterImport.State.DONE
    return row


def effects(lines):
    return [(line.number, str(line.outcome), line.username) for line in lines]


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
        (7, "error", "teacher"),
    ]
    assert Enrolment.objects.count() == 2 and not User.objects.filter(username="1000001").exists()


def test_a_file_that_was_applied_changes_nothing_the_second_time(school, person):
    person("dora", first_name="Dora", last_name="Roy", email="dora@school.example")
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
    content = xlsx(["Liste du cours"], [], ["Étudiant", "E-mail", "Id"], ["Tremblay, Élodie", "Elodie@school.example", 1000001.0])
    assert effects(plan_of(school.course, content)) == [(4, "same", "1000001")]


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


def test_an_assistant_in_the_file_stays_an_assistant(school, person):
    roster.enrol(None, school.course, username="teacher", role="assistant")
    apply(school.course, HEAD + "teacher;;;;A2\n")
    assistant = school.course.enrolments.get(person__username="teacher")
    assert (assistant.role, assistant.group.group_id) == ("assistant", "A2")


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


def many(count):
    lines = (f"{1_000_000 + n};Nom{n};Prénom{n};p{n}@school.example;Groupe {n % 9:02}\n" for n in range(count))
    return HEAD + "".join(lines)


def test_a_worker_that_ends_between_or_inside_batches_loses_nothing(school):
    row = imported(school.course, many(450))
    begin(row)
    assert roster_imports.apply_batch(row.pk)
    with (
        mock.patch.object(roster_imports.RosterImport, "save", side_effect=MemoryError),
        pytest.raises(MemoryError),
    ):
        roster_imports.apply_batch(row.pk)
    assert school.course.enrolments.count() == 202  # the batch that ended left no half-made account
    assert User.objects.filter(username__startswith="1000").count() == 200
    assert roster_imports.apply_batch(row.pk)
    assert not roster_imports.apply_batch(row.pk)
    assert not roster_imports.apply_batch(row.pk)
    row.refresh_from_db()
    assert row.counts == counts_of(["new"] * 450) and row.position == 450 and row.lines == []
    assert User.objects.filter(enrolments=None, username__startswith="1000").count() == 0


def test_the_schedule_finds_an_import_whose_worker_ended(school, django_capture_on_commit_callbacks):
    row = imported(school.course, many(3))
    begin(row)
    with mock.patch("kernel.task_queue.queue") as queue:
        with django_capture_on_commit_callbacks(execute=True):
            roster_imports.queue_stalled()
        assert not queue.called
        RosterImport.objects.update(touched_at=timezone.now() - 2 * roster_imports.STALLED)
        with django_capture_on_commit_callbacks(execute=True):
            roster_imports.queue_stalled()
    assert queue.call_args.args == (roster_imports.TASK, row.pk)


def test_a_user_name_that_somebody_took_after_the_preview_is_an_error_of_its_line(school, person):
    row = imported(school.course, "Courriel\nama@school.example\nluc@school.example\n")
    begin(row)
    User.objects.filter(pk=person("ama").pk).update(email="")
    tasks.apply_roster_import(row.pk)
    row.refresh_from_db()
    assert [result["outcome"] for result in row.results] == ["error", "new"]
    assert "by now" in row.results[0]["sentence"]


def test_an_import_is_not_applied_when_the_roster_changed_after_the_preview(school):
    row = imported(school.course, HEAD + "alice;;;;A2\n")
    mark = mark_of(roster_plan.plan_import(row))
    roster.remove(None, school.alice)
    with pytest.raises(Conflict, match="changed since this preview"):
        roster_imports.start(row, mark=mark, invite=True)


def test_an_archived_course_takes_nobody(school):
    row, later = imported(school.course, many(2)), imported(school.course, many(300))
    begin(later)
    assert roster_imports.apply_batch(later.pk)
    courses.change_course(None, school.course, archived=True)
    with pytest.raises(Conflict, match="archived"):
        imported(school.course, many(2))
    assert not RosterImport.objects.filter(pk=row.pk).exists()  # the later file took its place
    assert not roster_imports.apply_batch(later.pk)
    later.refresh_from_db()
    assert later.counts["new"] == 200 and later.counts["error"] == 100
    assert AuditEvent.objects.filter(verb="courses.import_roster").count() == 1


def test_a_batch_is_tried_again_when_another_transaction_was_first(school):
    row = imported(school.course, many(2))
    begin(row)
    enrol_planned, calls = roster.enrol_planned, []

    def refuse_once(*args):
        calls.append(args)
        if len(calls) == 1:
            raise IntegrityError("somebody was first")
        return enrol_planned(*args)

    with mock.patch.object(roster, "enrol_planned", refuse_once):
        assert not roster_imports.apply_batch(row.pk)
    assert len(calls) == 2 and school.course.enrolments.count() == 4


@pytest.mark.django_db(transaction=True)
def test_the_same_file_applied_twice_at_once_makes_each_account_once(school):
    rows = [imported(school.course, many(60)) for _ in range(2)]
    RosterImport.objects.bulk_create([RosterImport(**{**vars_of(rows[1]), "pk": None})])
    pks = list(RosterImport.objects.values_list("pk", flat=True))
    for pk in pks:
        begin(RosterImport.objects.get(pk=pk))
    run_at_once(lambda number: tasks.apply_roster_import(pks[number % len(pks)]), 4)
    assert User.objects.filter(username__startswith="1000").count() == 60
    assert school.course.enrolments.count() == 62
    outcomes = [result["outcome"] for row in RosterImport.objects.all() for result in row.results]
    assert sorted(outcomes) == ["new"] * 60 + ["same"] * 60


def vars_of(row):
    return {name: value for name, value in vars(row).items() if not name.startswith("_") and name != "id"}


def test_a_plan_and_a_batch_cost_the_same_queries_for_any_number_of_lines(school, queries_of):
    few, many_lines = imported(school.course, many(2)), None
    plan_few = queries_of(lambda: roster_plan.plan_import(few))
    begin(few)
    batch_few = queries_of(lambda: roster_imports.apply_batch(few.pk))
    text = many(180).replace("100000", "200000").replace("@school", "@other")
    many_lines = imported(school.course, text)
    assert len(queries_of(lambda: roster_plan.plan_import(many_lines))) <= len(plan_few) <= 5
    begin(many_lines)
    batch_many = queries_of(lambda: roster_imports.apply_batch(many_lines.pk))
    assert len(batch_many) <= len(batch_few) + 3, "\n".join(batch_many)
    assert len(batch_few) <= 30


def test_two_thousand_lines_with_every_kind_of_error_end_in_a_sentence_each(school, person):
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
        '"=cmd|"" /C calc""!A0";=1+1;@SUM(A1);;A1',
        '11;"Roy\n";"A\nma";;A1',
    ]
    lines = [f"{10_000_000 + n};Nom{n};Prénom{n};p{n}@school.example;Groupe {n % 9:02}" for n in range(1_989)]
    row = apply(school.course, HEAD + "\n".join([*lines, *bad]))
    assert len(row.results) == 2_000 and sum(row.counts.values()) == 2_000
    wrong = [result for result in row.results if result["outcome"] in ("error", "contradiction")]
    assert all(result["sentence"] for result in wrong)
    assert {result["number"] for result in wrong} >= {3, 4, 5, *range(1_991, 2_000)}
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
    assert Group.objects.model and [line.number for line in table.lines] == [1, 2]
