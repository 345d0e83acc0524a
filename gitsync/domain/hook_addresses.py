"""The verbs of the courses' hook addresses: shown, replaced, and found again by what a forge calls."""

import re
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.audit import record
from gitsync.domain.exercises import locked_course
from gitsync.models import CourseKey, HookAddress
from gitsync.models.hook_addresses import new_secret, new_token
from gitsync.values import CourseIds

TOKEN = re.compile(r"[A-Za-z0-9_-]{32,64}")


def hook_address_of(course: CourseIds) -> HookAddress:
    """The door of a course, made when it is first needed; those who need it at once get the same one."""
    found = HookAddress.objects.filter(**course.lookups("course")).first()
    if found is not None:
        return found
    with transaction.atomic():
        return HookAddress.objects.get_or_create(course=locked_course(course))[0]


@transaction.atomic
def renew_hook_address(course: CourseIds, actor: Any) -> HookAddress:
    """Another address and another secret; the old ones are kept nowhere and stop at once."""
    key = locked_course(course)
    hook_address, made = HookAddress.objects.get_or_create(course=key)
    if not made:
        hook_address.token, hook_address.secret, hook_address.created_at = new_token(), new_secret(), timezone.now()
        hook_address.save(update_fields=["token", "secret", "created_at"])
    record(actor, "gitsync.renew_hook_address", f"hook_door:{hook_address.pk}", after={"course": str(key)})
    return hook_address


def ids_of(key: CourseKey) -> CourseIds:
    return CourseIds(key.teacher_id, key.semester_id, key.course_id)


def secret_behind(token: str) -> str:
    """The secret of the door that a forge calls, "" where there is none: one look-up, whatever was tried."""
    if not TOKEN.fullmatch(token):
        return ""
    return HookAddress.objects.filter(token=token).values_list("secret", flat=True).first() or ""
