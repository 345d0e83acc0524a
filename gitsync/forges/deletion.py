"""Deletion of an object of a forge that may be gone already."""

from gitsync.forges.api_requests import ForgeApi
from gitsync.forges.refusals import ForgeFailed, Reason


def delete(api: ForgeApi, path: str) -> None:
    """Delete the object at a path of the API; one that is not found is deleted."""
    try:
        api.call("DELETE", path)
    except ForgeFailed as failed:
        if failed.reason != Reason.NOT_FOUND:
            raise
