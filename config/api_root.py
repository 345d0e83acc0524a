"""/api/v1/: where everything is, for who opens it by hand."""

from kernel.api.root import Root


class Api(Root):
    """Everything that programs may read and do."""

    places = {
        "farm": "farm-api",
        "courses": "api-courses",
        "gitsync": "git-api",
        "docs": "api-docs",
        "schema": "schema",
    }

    def get_view_name(self) -> str:
        return "Atelier"
