"""/api/v1/farm/: where everything is."""

from kernel.api.root import ApiRoot


class Farm(ApiRoot):
    """Machines, their closures, projects, bookings, and where something would fit first."""

    places = {
        "resources": "farm-resource-list",
        "closures": "farm-closure-list",
        "projects": "farm-project-list",
        "reservations": "farm-reservation-api-list",
        "slots": "farm-slots",
    }
