"""/api/v1/gitsync/: where everything is."""

from kernel.api.root import ApiRoot


class Gitsync(ApiRoot):
    """Repositories as they are read, messages that were accepted, and events that are owed."""

    places = {"repositories": "git-repository-list", "requests": "git-request-list", "events": "git-event-list"}
