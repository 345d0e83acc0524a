"""Commands on the hook addresses of courses: get one, replace it, and find its secret by the token in a URL."""

import re

from django.db import transaction
from django.utils import timezone

from accounts.audit import record
from accounts.models import User
from gitsync.domain.exercises import lock_course
from gitsync.models import CourseKey, HookAddress
from gitsync.models.hook_addresses import new_secret, new_token
from gitsync.values import CourseIds

TOKEN = re.compile(r"[A-Za-z0-9_-]{32,64}")


def hook_address_of(course: CourseIds) -> HookAddress:
    """Return the hook address of a course. It is created on first use; concurrent first users get the same one."""
    existing = HookAddress.objects.filter(**course.lookups("course")).first()
    if existing is not None:
        return existing
    with transaction.atomic():
        return HookAddress.objects.get_or_create(course=lock_course(course))[0]


@transaction.atomic
def renew_hook_address(course: CourseIds, actor: User) -> HookAddress:
    """Replace the token and the secret of a course. The old ones are not kept and stop working at once."""
    key = lock_course(course)
    hook_address, is_new = HookAddress.objects.get_or_create(course=key)
    if not is_new:
        hook_address.token, hook_address.secret, hook_address.created_at = new_token(), new_secret(), timezone.now()
        hook_address.save(update_fields=["token", "secret", "created_at"])
    record(actor, "gitsync.renew_hook_address", f"hook_door:{hook_address.pk}", after={"course": str(key)})
    return hook_address


def course_ids(key: CourseKey) -> CourseIds:
    """Return the wire's ids of a course row."""
    return CourseIds(key.teacher_id, key.semester_id, key.course_id)


def secret_of(token: str) -> str:
    """Return the secret of the hook address with this token, or "" when there is none. One query at most."""
    if not TOKEN.fullmatch(token):
        return ""
    return HookAddress.objects.filter(token=token).values_list("secret", flat=True).first() or ""
