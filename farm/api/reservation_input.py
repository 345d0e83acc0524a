"""Reading a request about reservations: filters, owner, project, allocations."""

from collections import Counter
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework.request import Request

from accounts.models import User
from accounts.principals import TrustedPeer, caller_of
from farm.models import Machine, Project, Reservation
from farm.queries.occupancy import part_of_memory
from farm.rules import limits
from farm.rules.limits import RequestedAllocation
from farm.rules.permissions import ViewerPermissions, may_manage, visible_projects
from kernel.errors import NotAllowed, Unknown, errors_below
from kernel.web.query_string import ID_DIGITS, whole_number


def filtered(rows: QuerySet[Reservation], query: dict[str, Any], caller: User | TrustedPeer) -> Any:
    span = query.get("from"), query.get("to")
    rows = rows.overlapping(*span)  # type: ignore[attr-defined]
    if "resource" in query:
        rows = rows.on(query["resource"], *span)  # type: ignore[attr-defined]
    if "state" in query:
        rows = rows.in_state(query["state"], timezone.now())  # type: ignore[attr-defined]
    if query["mine"]:
        rows = rows.filter(owner=caller.pk)
    if "owner" in query or "project" in query:
        rows = ViewerPermissions(caller).with_visible_names(rows)
    if "owner" in query:
        rows = rows.filter(owner__username=query["owner"])
    if "project" in query:
        rows = rows.filter(project=query["project"])
    return rows.order_by(query["ordering"], "-pk" if query["ordering"].startswith("-") else "pk")


def read_owner(request: Request, username: str) -> User:
    """Return the person of that user name; without a name, the caller.

    Raises NotAllowed where the caller may not book for others, and Unknown where there is no such person, or where a
    trusted peer names nobody.
    """
    caller = caller_of(request)
    if not username or username == caller.username:
        if isinstance(caller, TrustedPeer):
            raise Unknown("missing", _("%(field)s is missing.") % {"field": "owner"}, field="owner", status=400)
        return caller
    if not may_manage(caller):
        raise NotAllowed("not_allowed", _("Only staff may book for somebody else."), field="owner")
    owner = User.objects.filter(username=username, is_active=True).first()
    if owner is None:
        raise Unknown("unknown_person", _("There is nobody named %(name)s.") % {"name": username}, field="owner")
    return owner


def read_project(request: Request, project_id: int | None) -> Project | None:
    if project_id is None:
        return None
    project = visible_projects(request.user).filter(pk=project_id).first()
    if project is None:
        raise Unknown("unknown_project", _("There is no such project."), field="project")
    return project


def read_allocation(item: dict[str, int]) -> RequestedAllocation:
    """Return the share that was asked for. Memory that was left out goes with the GPUs."""
    machine_id, gpus, memory_gb = item["machine_id"], item["gpus"], item.get("memory_gb")
    if memory_gb is None:
        machine = Machine.objects.filter(pk=machine_id).first()
        memory_gb = part_of_memory(machine, gpus) if machine else 0
    return RequestedAllocation(machine_id, gpus, memory_gb)


def read_allocations(data: list[dict[str, int]]) -> list[RequestedAllocation]:
    """Check each line by itself, so that a refusal names the line at fault."""
    lines = [read_allocation(item) for item in data]
    for number, line in enumerate(lines):
        with errors_below(f"lines.{number}"):
            limits.check_allocation(line)
    return lines


def machines_without_memory(data: list[dict[str, int]]) -> frozenset[int]:
    """Return the ids of the machines that a single line names, without their memory."""
    count = Counter(item["machine_id"] for item in data)
    without = (item["machine_id"] for item in data if item.get("memory_gb") is None)
    return frozenset(machine_id for machine_id in without if count[machine_id] == 1)


def read_machine_id(text: str) -> int:
    """Return the machine id in a path. Raises Unknown where it is none."""
    machine_id = whole_number(text, ID_DIGITS)
    if machine_id is None:
        raise Unknown("unknown_line", _("This booking does not have that machine."), field="resource")
    return machine_id
