"""Where the demonstration's repositories are: on disk, and at which address they are served."""

from pathlib import Path

from django.conf import settings


def root() -> Path:
    return Path(settings.ATELIER_HOME) / "demo" / "git"


def folder(name: str) -> Path:
    return root() / f"{name}.git"


def url(name: str) -> str:
    """The address students give; plain http, which settings.DEMO_GIT_SERVER alone is allowed."""
    return f"http://{settings.DEMO_GIT_SERVER}/{name}.git"
