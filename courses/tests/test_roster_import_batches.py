"""The batches of an import of people: workers that end, two at once, what changed after the preview, the queries."""

from datetime import timedelta
from unittest import mock

import pytest
from django.db import IntegrityError
from django.utils import timezone, translation
from django.utils.translation import gettext

from accounts.models import AuditEvent, User
from courses import tasks
from courses.domain import courses, roster, roster_imports, roster_plan
from courses.models import RosterImport
from courses.rules.planned_lines import counts_of, mark_of
from courses.tests.roster_files import HEAD, begin, imported, many
from kernel.errors import Conflict
from kernel.testing.threads import run_at_once


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


def test_the_schedule_forgets_imports_after_thirty_days(school):
    old = imported(school.course, many(1))
    begin(old)
    recent = imported(school.course, many(1))
    RosterImport.objects.filter(pk=old.pk).update(created_at=timezone.now() - timedelta(days=31))
    tasks.sweep()
    assert list(RosterImport.objects.all()) == [recent]


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


def test_the_result_is_in_the_language_of_the_person_who_sent_the_file(school):
    User.objects.filter(pk=school.course.teacher.pk).update(language="fr")
    row = imported(school.course, HEAD + ";;;;A1\n")
    begin(row)
    tasks.apply_roster_import(row.pk)
    row.refresh_from_db()
    with translation.override("fr"):
        assert row.results[0]["sentence"] == gettext("This line names nobody.") != "This line names nobody."


def test_without_a_language_of_the_person_the_result_is_in_that_of_the_page(
    school, settings, django_capture_on_commit_callbacks
):
    settings.LANGUAGE_CODE = "fr"  # the language of the school, in which the person did not read the preview
    row = imported(school.course, HEAD + ";;;;A1\n")
    with (
        translation.override("en"),
        mock.patch("kernel.task_queue.queue") as queue,
        django_capture_on_commit_callbacks(execute=True),
    ):
        begin(row)
    task, *arguments = queue.call_args.args
    assert task == roster_imports.TASK
    tasks.apply_roster_import(*arguments)
    row.refresh_from_db()
    assert row.results[0]["sentence"] == "This line names nobody."


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


@pytest.mark.django_db(transaction=True)
def test_two_courses_that_take_the_same_people_at_once_share_their_accounts(school, person):
    other = person("other", kind="teacher")
    elsewhere = courses.create_course(other, other, semester_id="A2026", course_id="Other", title="Other")
    text = "Courriel;Groupe\n" + "".join(f"p{number}@school.example;A1\n" for number in range(60))
    rows = [imported(course, text) for course in (school.course, elsewhere)]
    for row in rows:
        begin(row)
    run_at_once(lambda number: tasks.apply_roster_import(rows[number].pk), 2)
    assert User.objects.filter(username__startswith="p").count() == 60
    assert (school.course.enrolments.count(), elsewhere.enrolments.count()) == (62, 60)


def vars_of(row):
    return {name: value for name, value in vars(row).items() if not name.startswith("_") and name != "id"}


def test_a_plan_and_a_batch_cost_the_same_queries_for_any_number_of_lines(school, queries_of):
    few = imported(school.course, many(2))
    plan_few = queries_of(lambda: roster_plan.plan_import(few))
    begin(few, invite=False)
    batch_few = queries_of(lambda: roster_imports.apply_batch(few.pk))
    text = many(180).replace("100000", "200000").replace("@school", "@other")
    many_lines = imported(school.course, text)
    assert len(queries_of(lambda: roster_plan.plan_import(many_lines))) <= len(plan_few) <= 5
    begin(many_lines, invite=False)
    batch_many = queries_of(lambda: roster_imports.apply_batch(many_lines.pk))
    assert len(batch_many) <= len(batch_few) + 3, "\n".join(batch_many)
    assert len(batch_few) <= 30
