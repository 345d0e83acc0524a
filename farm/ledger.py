"""What is taken and what is closed, read for any number of machines in one query. Under the lock it is the truth."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import UTC, datetime
from typing import Any

from django.db import connection

from farm.availability import Free, Load, Share, profile
from farm.models import Closure, Resource, longest_after

# By hand, because everybody else waits while a booking reads this, and a search reads it by the ten thousand: written
# by the ORM it takes three times as long. The same rows as Allocation.objects.held().overlapping(start, end).
TAKEN = """
    SELECT resource_id, start, end, gpus, memory_gb, 0 FROM farm_allocation
    WHERE resource_id IN ({resources}) AND end > %s AND end <= %s AND start < %s AND held AND {kept}
    UNION ALL
    SELECT resource_id, start, end, gpus, memory_gb, 1 FROM farm_closure
    WHERE resource_id IN ({resources}) AND end > %s AND start < %s
"""


def capacity(resource: Resource) -> Share:
    return Share(resource.gpu_count, resource.memory_gb)


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
    """What is free on each machine over `[start, end)`; `but` leaves these reservations out."""
    if not resources:
        return {}
    taken: dict[int, list[Load]] = defaultdict(list)
    shut: dict[int, list[Load]] = defaultdict(list)
    whole = {resource.pk: capacity(resource) for resource in resources}
    for pk, begin, finish, gpus, memory_gb, closes in _taken(list(whole), start, end, list(but)):
        if closes:
            gpus, memory_gb = (gpus, memory_gb) if gpus is not None else whole[pk]
        (shut if closes else taken)[pk].append(Load(begin, finish, gpus, memory_gb))
    return {pk: profile(share, taken[pk], shut[pk], start, end) for pk, share in whole.items()}


def _taken(resources: list[int], start: datetime, end: datetime, but: list[int]) -> Iterable[Any]:
    moments = [connection.ops.adapt_datetimefield_value(moment) for moment in (start, longest_after(end), end)]
    begin, last, finish = moments
    sql = TAKEN.format(
        resources=", ".join(["%s"] * len(resources)),
        kept=f"reservation_id NOT IN ({', '.join(['%s'] * len(but))})" if but else "1 = 1",
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, [*resources, begin, last, finish, *but, *resources, begin, finish])
        rows = cursor.fetchall()
    # The columns hold UTC and both drivers give it without saying so.
    return ((pk, a.replace(tzinfo=UTC), b.replace(tzinfo=UTC), *shares) for pk, a, b, *shares in rows)
