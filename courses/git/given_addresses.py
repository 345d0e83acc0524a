"""Parses and compares the addresses of repositories that students give. No network access."""

from django.utils.translation import gettext as _

from gitsync.rules import pasted_address, repository_url
from kernel.errors import Malformed


def clean_url(text: str) -> str:
    """Return the address of the repository that a pasted text names, without any network access.

    Raises Malformed with the form's field name `url` when it names none. When the right address is probable but a
    person must confirm it, the message contains it.
    """
    address = pasted_address.repository_address(text)
    try:
        canonical = repository_url.parse(address)
    except Malformed as refusal:
        better = pasted_address.suggestion(address)
        sentence = _("%(reason)s Enter this address: %(url)s") % {"reason": refusal.message, "url": better}
        raise Malformed(refusal.code, sentence if better else refusal.message, field="url") from refusal
    if repository := repository_url.repository_of_page(canonical):
        sentence = _("This is a page inside a repository. Enter the address of the repository: %(url)s")
        raise Malformed("bad_url", sentence % {"url": repository}, field="url")
    return address


def same_repository(url: str, other_url: str) -> bool:
    """Whether two URLs name one repository.

    The ending `.git` is ignored, and the letter case where the forge ignores it.
    """
    if url == other_url:
        return True  # also when the settings no longer allow this URL
    try:
        first, second = repository_url.parse(url), repository_url.parse(other_url)
    except Malformed:
        return False
    return (first.host, first.path) == (second.host, second.path)


def repository_key(url: str) -> str:
    """Return a text that is the same for two URLs of one repository, as `same_repository` compares them."""
    try:
        address = repository_url.parse(url)
    except Malformed:
        return url
    return f"{address.host}{address.path}"
