"""The ids of a course of the wire: whether anything names the course by them yet, and other ids for one without."""

from django.db import transaction

from gitsync.models import CourseKey, HookAddress, Registration, WatchedExercise
from gitsync.values import CourseIds


def is_used(ids: CourseIds) -> bool:
    """Return whether anything is known of this course. Its hook address alone does not count."""
    key = CourseKey.objects.filter(**ids.lookups()).first()
    if key is None:
        return False
    return any(
        relation.related_model._base_manager.filter(**{relation.field.name: key}).exists()
        for relation in CourseKey._meta.related_objects
        if relation.related_model is not HookAddress
    )


def is_group_used(ids: CourseIds, group_id: str) -> bool:
    """Return whether a registration or an exercise names this group of the course."""
    return any(
        rows.filter(group_id=group_id, **ids.lookups("course")).exists()
        for rows in (Registration.objects.all(), WatchedExercise.objects.all())
    )


def rename_unused(ids: CourseIds, new_ids: CourseIds) -> None:
    """Give a course of which nothing is known other ids. It keeps its hook address.

    When a course with the new ids exists, the old one stays, and nothing uses it.
    """
    with transaction.atomic():
        if not CourseKey.objects.filter(**new_ids.lookups()).exists():
            CourseKey.objects.filter(**ids.lookups()).update(**new_ids.lookups())
