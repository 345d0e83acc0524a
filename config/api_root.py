"""/api/v1/: links to the APIs, for people who open it in a browser."""

from kernel.api.root import ApiRoot


class Api(ApiRoot):
    """Links to the APIs of Atelier and to their documentation."""

    places = {
        "farm": "farm-api",
        "courses": "api-courses",
        "gitsync": "git-api",
        "docs": "api-docs",
        "schema": "schema",
    }

    def get_view_name(self) -> str:
        return "Atelier"
