"""The rows of repositories: found by their URL, and made when they are new."""

from gitsync.models import LocalCopy, Repository
from gitsync.rules.repository_url import CanonicalUrl, parse
from kernel.database.text_hash import text_hash
from kernel.errors import Malformed


def find(url: str) -> Repository | None:
    """The Address of a URL, when somebody registered it; None also for a URL out of shape."""
    try:
        return at(parse(url))
    except Malformed:
        return None


def at(place: CanonicalUrl) -> Repository | None:
    """The Address of a canonical place, when somebody registered it."""
    return next(iter(Repository.objects.filter(host=place.host, path_hash=text_hash(place.path))), None)


def ensure(url: str) -> Repository:
    """The Address of a URL with its Clone, made when they are new. Call it in the transaction that needs them."""
    place = parse(url)
    repository, _made = Repository.objects.get_or_create(
        host=place.host,
        path_hash=text_hash(place.path),
        defaults={"scheme": place.scheme, "path": place.path, "fetch_path": place.fetch_path},
    )
    LocalCopy.objects.get_or_create(repository=repository)
    return repository
