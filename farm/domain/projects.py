"""The writers of projects: who owns and who may charge one decides whose bookings count where."""

from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts import audit
from accounts.models import User
from farm.models import Project
from farm.rules import permissions
from kernel.errors import Malformed


def save_project(
    *, actor: Any, project: Project | None, name: str, owners: Iterable[User], members: Iterable[User]
) -> Project:
    """Make or change a project; without an owner it would be nobody's to answer for."""
    permissions.check_may_manage(actor)
    owners = list(owners)
    if not owners:
        raise Malformed("no_owner", _("A project has at least one owner."), field="owners")
    with transaction.atomic():
        before = facts(project) if project is not None else {}
        saved = project or Project()
        saved.name = name
        saved.save()
        saved.owners.set(owners)
        saved.members.set(members)
        audit.record(actor, "farm.project", f"project:{saved.pk}", before=before, after=facts(saved))
    return saved


def remove_project(*, actor: Any, project: Project) -> None:
    """Only one that no booking was ever charged to; the database refuses the others (ProtectedError)."""
    permissions.check_may_manage(actor)
    with transaction.atomic():
        audit.record(actor, "farm.remove_project", f"project:{project.pk}", before=facts(project))
        project.delete()


def facts(project: Project) -> dict[str, Any]:
    """What the trail keeps of a project, as the database has it."""
    return {
        "name": Project.objects.values_list("name", flat=True).get(pk=project.pk),
        "owners": list(project.owners.order_by("username").values_list("username", flat=True)),
        "members": list(project.members.order_by("username").values_list("username", flat=True)),
    }
