"""The ZIP of the students' files of one exercise, where the Git module is in this installation."""

from courses.git.git_module import wire_ids
from courses.models import Task
from gitsync.domain.class_zip import ClassZip, Part

__all__ = ["ClassZip", "Part", "class_zip_of"]


def class_zip_of(task: Task) -> ClassZip:
    return ClassZip(wire_ids(task.course), task.path)
