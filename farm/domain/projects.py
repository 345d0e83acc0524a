"""Commands that change projects.

Their owners and members are the people who may charge bookings to them.
"""

from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts import audit
from accounts.models import User
from accounts.principals import Principal
from farm.models import Project
from farm.rules import permissions
from farm.rules.shown_words import clean_name
from kernel.errors import Conflict, Malformed
from kernel.text.plain_words import find_alike
from live.publish import publish


def save_project(
    *, actor: Principal, project: Project | None, name: str, owners: Iterable[User], members: Iterable[User]
) -> Project:
    """Create or change a project.

    Raises Malformed without an owner: somebody must be responsible for it. For the name see `checked_name`.
    """
    permissions.check_may_manage(actor)
    owners = list(owners)
    if not owners:
        raise Malformed("no_owner", _("A project needs at least one owner."), field="owners")
    with transaction.atomic():
        before = audit_values(project) if project is not None else {}
        saved = project or Project()
        saved.name = checked_name(name, saved.pk)
        saved.save()
        saved.owners.set(owners)
        saved.members.set(members)
        after = audit_values(saved)
        audit.record(actor, "farm.project", f"project:{saved.pk}", before=before, after=after)
        if before and before != after:
            publish("farm")  # its people see its bookings in another colour
    return saved


def checked_name(name: str, project_id: int | None) -> str:
    """Return the name in its one form. The name that the project has already may stay as it is.

    Raises Malformed for characters that nobody sees, and Conflict `name_taken` when another project has this name, or
    one that looks like it.
    """
    others = Project.objects.exclude(pk=project_id) if project_id else Project.objects.all()
    if project_id and Project.objects.filter(pk=project_id).values_list("name", flat=True).first() == name:
        return name
    name = clean_name(name)
    if not name:
        raise Malformed("missing", _("Enter the name of the project."), field="name")
    other = find_alike(name, others.values_list("name", flat=True))
    if other == name:
        raise Conflict("name_taken", _("Another project has this name."), field="name")
    if other is not None:
        sentence = _("There is a project “%(name)s”: write its name in the same way.") % {"name": other}
        raise Conflict("name_taken", sentence, field="name")
    return name


def remove_project(*, actor: Principal, project: Project) -> None:
    """Delete a project.

    The database refuses one that a booking was ever charged to (ProtectedError).
    """
    permissions.check_may_manage(actor)
    with transaction.atomic():
        audit.record(actor, "farm.remove_project", f"project:{project.pk}", before=audit_values(project))
        project.delete()


def audit_values(project: Project) -> dict[str, Any]:
    """Return the values of a project that the audit log keeps, as stored in the database."""
    return {
        "name": Project.objects.values_list("name", flat=True).get(pk=project.pk),
        "owners": list(project.owners.order_by("username").values_list("username", flat=True)),
        "members": list(project.members.order_by("username").values_list("username", flat=True)),
    }
