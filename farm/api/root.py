"""/api/v1/farm/: the addresses of its lists."""

from kernel.api.root import ApiRoot


class FarmRoot(ApiRoot):
    """Machines, their closures, projects, bookings, and the earliest free slots."""

    places = {
        "resources": "farm-resource-list",
        "closures": "farm-closure-list",
        "projects": "farm-project-list",
        "reservations": "farm-reservation-api-list",
        "slots": "farm-slots",
    }
