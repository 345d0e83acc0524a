"""Find the rows of a repository by its URL, and create them."""

from collections.abc import Iterable

from gitsync.models import LocalCopy, Repository
from gitsync.rules.hook_matching import match_key
from gitsync.rules.repository_url import CanonicalUrl, is_public_server, parse
from kernel.database.text_hash import text_hash
from kernel.errors import Malformed

MATCHES = 20  # repositories that one hook may mean: addresses that differ in letter case or port


def find(url: str) -> Repository | None:
    """Return the registered repository with this URL; None also for a malformed URL."""
    try:
        return find_canonical(parse(url))
    except Malformed:
        return None


def find_canonical(url: CanonicalUrl) -> Repository | None:
    """Return the registered repository with this canonical URL."""
    return next(iter(Repository.objects.filter(host=url.host, path_hash=text_hash(url.path))), None)


def find_loosely(addresses: Iterable[str]) -> list[Repository]:
    """Return at most MATCHES repositories that addresses from a hook may mean, in the order of locking."""
    hashes = {text_hash(key) for key in map(match_key, addresses) if key}
    return list(Repository.objects.filter(match_hash__in=hashes).order_by("local_copy")[:MATCHES]) if hashes else []


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
            "match_hash": text_hash(match_key(str(canonical))),
        },
    )
    if repository.public and not public:  # its server was added to GIT_LOCAL_SERVERS since
        repository.public = False
        repository.save(update_fields=["public"])
    LocalCopy.objects.get_or_create(repository=repository)
    return repository
