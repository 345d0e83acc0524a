"""Find the rows of a repository by its URL, and create them."""

from gitsync.models import LocalCopy, Repository
from gitsync.rules.repository_url import CanonicalUrl, is_public_server, parse
from kernel.database.text_hash import text_hash
from kernel.errors import Malformed


def find(url: str) -> Repository | None:
    """Return the registered repository with this URL; None also for a malformed URL."""
    try:
        return find_canonical(parse(url))
    except Malformed:
        return None


def find_canonical(url: CanonicalUrl) -> Repository | None:
    """Return the registered repository with this canonical URL."""
    return next(iter(Repository.objects.filter(host=url.host, path_hash=text_hash(url.path))), None)


def ensure(url: str) -> Repository:
    """Return the repository with this URL; create its Repository and LocalCopy rows when they are new.

    Call it in the transaction that needs them. Raises Malformed.
    """
    canonical = parse(url)
    public = is_public_server(canonical.scheme, canonical.host)
    repository, _is_new = Repository.objects.get_or_create(
        host=canonical.host,
        path_hash=text_hash(canonical.path),
        defaults={
            "scheme": canonical.scheme,
            "path": canonical.path,
            "fetch_path": canonical.fetch_path,
            "public": public,
        },
    )
    if repository.public and not public:  # its server was added to GIT_LOCAL_SERVERS since
        repository.public = False
        repository.save(update_fields=["public"])
    LocalCopy.objects.get_or_create(repository=repository)
    return repository
