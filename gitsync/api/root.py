"""/api/v1/gitsync/: the index of the Git module's API."""

from kernel.api.root import ApiRoot


class Gitsync(ApiRoot):
    """Repositories and their state, accepted messages, and events for the dashboards."""

    places = {"repositories": "git-repository-list", "requests": "git-request-list", "events": "git-event-list"}
