"""The verbs of the courses' hook addresses: shown, replaced, and found again by what a forge calls."""

import re
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.audit import record
from gitsync.domain.exercises import locked_course
from gitsync.models import CourseKey, HookDoor
from gitsync.models.hook_addresses import new_secret, new_token
from gitsync.values import CourseIds

TOKEN = re.compile(r"[A-Za-z0-9_-]{32,64}")


def door_of(course: CourseIds) -> HookDoor:
    """The door of a course, made when it is first needed; those who need it at once get the same one."""
    asked = {f"course__{name}": getattr(course, name) for name in ("teacher_id", "semester_id", "course_id")}
    found = HookDoor.objects.filter(**asked).first()
    if found is not None:
        return found
    with transaction.atomic():
        return HookDoor.objects.get_or_create(course=locked_course(course))[0]


@transaction.atomic
def renew_door(course: CourseIds, actor: Any) -> HookDoor:
    """Another address and another secret; the old ones are kept nowhere and stop at once."""
    key = locked_course(course)
    door, made = HookDoor.objects.get_or_create(course=key)
    if not made:
        door.token, door.secret, door.made_at = new_token(), new_secret(), timezone.now()
        door.save(update_fields=["token", "secret", "made_at"])
    record(actor, "gitsync.renew_hook_address", f"hook_door:{door.pk}", after={"course": str(key)})
    return door


def ids_of(key: CourseKey) -> CourseIds:
    return CourseIds(key.teacher_id, key.semester_id, key.course_id)


def secret_behind(token: str) -> str:
    """The secret of the door that a forge calls, "" where there is none: one look-up, whatever was tried."""
    if not TOKEN.fullmatch(token):
        return ""
    return HookDoor.objects.filter(token=token).values_list("secret", flat=True).first() or ""
