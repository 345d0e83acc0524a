"""The tasks of a course as a table, in reading order."""

from django.utils.translation import gettext as _

from courses.models import Course
from courses.rules.tree import Node, outline
from kernel.exports.table import Cell, Table, moment_column


def tasks_table(course: Course) -> Table:
    """Return a row for each task and chapter. One query."""
    columns = [
        _("Number"),
        _("Task"),
        _("Path"),
        _("Asks for"),
        moment_column(_("Deadline")),
        _("Repository at"),
        _("Source folder"),
        _("Completion keywords"),
    ]
    nodes = outline(list(course.tasks.without_statements()))
    return Table("tasks", course.course_id, _("Tasks"), columns, map(_cells, nodes))


def _cells(node: Node) -> list[Cell]:
    task = node.task
    cells: list[Cell] = [node.number, task.title, task.path, task.get_asks_for_display(), task.deadline]
    return [
        *cells,
        *([task.repo_path, task.source_folder_path] if task.is_exercise else ["", ""]),
        task.completion_keywords,
    ]
