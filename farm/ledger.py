"""What is taken and what is closed, read for any number of machines in two queries. Under the lock it is the truth."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import datetime

from farm.availability import Free, Load, Share, profile
from farm.models import Allocation, Closure, Resource


def capacity(resource: Resource) -> Share:
    return Share(resource.gpu_count, resource.memory_gb)


def loads(
    resources: Collection[int], start: datetime, end: datetime, *, but: Collection[int] = ()
) -> dict[int, list[Load]]:
    """Held shares by machine; `but` leaves these reservations out."""
    rows = Allocation.objects.held().overlapping(start, end).filter(resource__in=resources)
    if but:
        rows = rows.exclude(reservation__in=but)
    found: dict[int, list[Load]] = defaultdict(list)
    columns = rows.values_list("resource_id", "start", "end", "gpus", "memory_gb").order_by()
    for resource, begin, finish, gpus, memory_gb in columns:
        found[resource].append(Load(begin, finish, gpus, memory_gb))
    return found


def closure_load(closure: Closure, resource: Resource) -> Load:
    whole = capacity(resource)
    gpus = whole.gpus if closure.gpus is None else closure.gpus
    memory = whole.memory_gb if closure.memory_gb is None else closure.memory_gb
    return Load(closure.start, closure.end, gpus, memory)


def closed(resources: Iterable[Resource], start: datetime, end: datetime) -> dict[int, list[Load]]:
    by_id = {resource.pk: resource for resource in resources}
    found: dict[int, list[Load]] = defaultdict(list)
    for closure in Closure.objects.filter(resource__in=by_id, end__gt=start, start__lt=end):
        found[closure.resource_id].append(closure_load(closure, by_id[closure.resource_id]))
    return found


def profiles(
    resources: Collection[Resource], start: datetime, end: datetime, *, but: Collection[int] = ()
) -> dict[int, list[Free]]:
    """What is free on each machine over `[start, end)`."""
    taken = loads([resource.pk for resource in resources], start, end, but=but)
    shut = closed(resources, start, end)
    return {
        resource.pk: profile(capacity(resource), taken[resource.pk], shut[resource.pk], start, end)
        for resource in resources
    }
