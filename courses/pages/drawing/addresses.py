"""The addresses that a page of a course names many times.

They are kept, because Django takes longer to find one than we take to draw the row.
"""

from functools import lru_cache

from django.urls import reverse


@lru_cache(8192)
def student_address(course: int, username: str) -> str:
    return reverse("course-student", args=(course, username))


@lru_cache(2048)
def task_address(course: int, task: int) -> str:
    return reverse("course-task", args=(course, task))


@lru_cache(8192)
def work_address(course: int, task: int, username: str) -> str:
    """Return the address of a student's files for an exercise."""
    return reverse("task-work", args=(course, task, username))
