"""The line under the title of the matrix, its heads and its rows.

A cell has values of its task, of its status and of its student. The first two are filled in once for the whole page,
the student's once for all cells of the row.
"""

from collections.abc import Sequence
from functools import cache, lru_cache
from urllib.parse import quote

from django.template.context import Context
from django.utils.safestring import SafeString
from django.utils.translation import get_language, ngettext

from courses.pages.drawing.addresses import student_address, task_address
from courses.pages.matrix_values import Column, Matrix, Row
from courses.rules.statuses import FINISHED, REMOVED, STARTED, STATUS_BY_KEY
from courses.templatetags.courses import ago, progress_parts, short_moment, spark, synced
from kernel.fragments.fragment import Fragment, fill_gaps, join
from kernel.web.query_string import encode_query

FOLDER = "courses/fragments"
META = Fragment(f"{FOLDER}/matrix_meta.html", "semester", "week", "people", "groups", "synced")
HEAD = Fragment(
    f"{FOLDER}/matrix_head.html",
    *("task", "href", "title", "number", "finished", "total", "done", "late", "started", "parts", "deadline"),
)
CELL = Fragment(
    f"{FOLDER}/matrix_cell.html", *("pk", "task", "href", "task_href", "username", "group", "name", "number", "title")
)
WITH_FILES = {status.key for status in (*FINISHED, REMOVED, STARTED)}
ROW = Fragment(f"{FOLDER}/matrix_row.html", "pk", "href", "name", "group", "team", "seen", "spark", "cells")


def draw_matrix_meta(context: Context, *, oob: bool = False) -> SafeString:
    """Draw the line under the title: week, students, groups. `context` has course, week, matrix, and may have oob."""
    matrix, week = context["matrix"], context["week"]
    groups = len(matrix.groups)
    meta_html = META.prepared(has_week=bool(week), has_groups=bool(groups), oob=oob or bool(context.get("oob")))
    return meta_html(
        semester=str(context["course"].semester),
        week=week or "",
        people=ngettext("%(students)s student", "%(students)s students", matrix.students)
        % {"students": matrix.students},
        groups=ngettext("%(groups)s group", "%(groups)s groups", groups) % {"groups": groups},
        synced=synced(matrix.seen_at),
    )


def draw_matrix_heads(matrix: Matrix, columns: Sequence[Column] | None = None) -> SafeString:
    """Draw the head of each task, or of these `columns` alone: number, title, who has done it, and the deadline."""
    short_deadline = cache(short_moment)
    return join(
        HEAD.prepared(
            is_chapter_start=column.chapter_start,
            is_current=column.current,
            starts_here=column.start_here,
            has_deadline=bool(column.node.task.deadline),
        )(
            task=column.node.task.pk,
            href=task_address(matrix.course.pk, column.node.task.pk),
            title=column.node.task.title,
            number=column.node.number,
            finished=column.finished,
            total=column.total,
            done=column.counts["done"],
            late=column.counts["late"],
            started=column.counts["started"],
            parts=progress_parts(column.bars),
            deadline=short_deadline(column.node.task.deadline) if column.node.task.deadline else "",
        )
        for column in (matrix.columns if columns is None else columns)
    )


def draw_matrix_rows(matrix: Matrix, rows: Sequence[Row] | None = None) -> SafeString:
    """Draw a row for each student of the page, or for these `rows` alone: name, last push, a cell for each task."""
    language = get_language()
    columns = [_ColumnCells(column, language) for column in matrix.columns]
    return join(_row(matrix, row, columns) for row in (matrix.rows if rows is None else rows))


class _ColumnCells(dict[str, SafeString]):
    """The cells of a task by the key of their status, drawn when first used. They keep the gaps of the student."""

    def __init__(self, column: Column, language: str | None) -> None:
        super().__init__()
        node = column.node
        address = task_address(node.task.course_id, node.task.pk) if node.task.is_exercise else ""
        self.cell_values = language, column.chapter_start, node.task.pk, node.number, node.task.title, address

    def __missing__(self, key: str) -> SafeString:
        self[key] = cell = _cell(key, *self.cell_values)
        return cell


@lru_cache(8192)
def _cell(
    key: str, _language: str | None, is_chapter_start: bool, task: int, number: str, title: str, address: str
) -> SafeString:
    """Draw a cell. Cached for the open pages of a class, which fetch row after row.

    `address` is that of an exercise: a cell of one that the student has begun opens the student's files.
    """
    has_files = bool(address) and key in WITH_FILES
    cell_html = CELL.prepared(status=STATUS_BY_KEY[key], is_chapter_start=is_chapter_start, has_files=has_files)
    kept = CELL.keep_gaps("pk", "href", "username", "group", "name")
    return cell_html(task=task, task_href=address, number=number, title=title, **kept)


def _row(matrix: Matrix, row: Row, columns: Sequence[_ColumnCells]) -> SafeString:
    group = row.enrolment.group
    href = student_address(matrix.course.pk, row.student.username)
    cells = join(column[key] for column, key in zip(columns, row.student.keys, strict=True))
    return ROW.prepared(has_group=group is not None, has_team=bool(row.enrolment.team))(
        pk=row.enrolment.pk,
        href=href,
        name=row.student.person.listed_name,
        group=str(group),
        team=row.enrolment.team,
        seen=ago(row.last_push, matrix.now),
        spark=spark(row.spark),
        cells=fill_gaps(
            cells,
            pk=row.enrolment.pk,
            href=href,
            username=quote(row.student.username, safe=""),
            group=encode_query(group=matrix.filters.group),
            name=row.name,
        ),
    )
