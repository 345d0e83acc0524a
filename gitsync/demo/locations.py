"""Locations of the demonstration's repositories: their folders and their URLs."""

from pathlib import Path

from django.conf import settings


def root() -> Path:
    """Return the folder that holds all repositories."""
    return Path(settings.ATELIER_HOME) / "demo" / "git"


def folder(name: str) -> Path:
    """Return the folder of one bare repository."""
    return root() / f"{name}.git"


def url(name: str) -> str:
    """Return the URL that students register. It is plain http: only the server in DEMO_GIT_SERVER may use that."""
    return f"http://{settings.DEMO_GIT_SERVER}/{name}.git"
