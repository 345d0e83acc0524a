"""`/_git_hook` for a stranger: it tells nothing, and what one caller may cost is limited."""

from gitsync.tests.forge_hooks import GITHUB
from gitsync.tests.synced_course import register
from gitsync.webhooks import limits


def test_the_same_hook_twice_tells_nobody_whether_the_repository_is_registered(hook):
    register(repo_url="https://github.com/known/known")
    numbers = {
        url: [hook({**GITHUB, "repository": {"clone_url": url}}).json()["request_id"] for _ in range(3)]
        for url in ("https://github.com/known/known.git", "https://github.com/un/known.git")
    }
    assert [len(set(given)) for given in numbers.values()] == [3, 3]


def test_all_addresses_of_an_ipv6_network_count_as_one(hook, monkeypatch):
    """One person has as many of them as they like."""
    monkeypatch.setattr(limits, "PER_CALLER", 2)
    statuses = [hook(REMOTE_ADDR=f"2001:db8::{number}").status_code for number in range(1, 4)]
    assert (statuses, hook(REMOTE_ADDR="2001:db8:0:1::1").status_code) == ([200, 200, 429], 200)


def test_a_hook_that_means_several_repositories_counts_for_each(hook, monkeypatch):
    """Else one call of a stranger would have twenty repositories read."""
    urls = [f"https://github.com/x/{number}" for number in range(20)]
    for number, url in enumerate(urls):
        register(str(number), repo_url=url)
    monkeypatch.setattr(limits, "PER_CALLER", 20)
    body = {"repository": {"links": {"clone": [{"href": url} for url in urls]}}}
    assert [hook(body).status_code for _ in range(2)] == [200, 429]
    assert hook(body, REMOTE_ADDR="10.9.9.9").status_code == 200
