"""Which repositories a hook means: its addresses are compared loosely, because a hook only says where to look."""

import pytest

from gitsync.models import LocalCopy
from gitsync.rules.hook_matching import match_key
from gitsync.tests.forge_hooks import GITHUB, received_deliveries
from gitsync.tests.synced_course import URL, register, sync_requests, synced


@pytest.mark.parametrize(
    "url",
    [
        "http://github.com/test/test",
        "https://github.com:8443/test/test.git",
        "https://someone@github.com/test/test.git",
        "git@github.com:test/test.git",
        "ssh://git@ssh.github.com:443/test/test.git",
        "git://GitHub.com/TEST/test",
        "github.com/test/test",
    ],
)
@pytest.mark.parametrize("field", ["clone_url", "ssh_url", "html_url", "url"])
def test_the_address_is_compared_without_scheme_port_user_and_letter_case(hook, url, field):
    register()
    before = synced()
    assert hook({"repository": {"html_url": "https://elsewhere.example/a/b", field: url}}).status_code == 200
    assert (sync_requests(), received_deliveries().count()) == (before + 1, 1)


@pytest.mark.parametrize(
    "url",
    [
        "https://school@dev.azure.com/school/Java%20101/_git/alice",
        "https://dev.azure.com/school/java 101/_git/alice",
        "https://school.visualstudio.com/Java%20101/_git/alice",
        "https://school.visualstudio.com/DefaultCollection/Java%20101/_git/alice",
        "git@ssh.dev.azure.com:v3/school/Java%20101/alice",
        "school@vs-ssh.visualstudio.com:v3/school/Java%20101/alice",
    ],
)
def test_the_hosts_of_azure_are_one_forge(hook, url):
    register(repo_url="https://dev.azure.com/school/Java%20101/_git/alice")
    before = synced()
    hook({"eventType": "git.push", "resource": {"repository": {"remoteUrl": url}}})
    assert sync_requests() == before + 1


def test_a_hook_may_mean_several_repositories_and_each_is_read(hook, settings):
    settings.GIT_LOCAL_SERVERS = frozenset({"git.school:3000", "git.school:3001"})
    register(repo_url="http://git.school:3000/a/b")
    register("7654321", repo_url="http://git.school:3001/A/b")
    before = list(LocalCopy.objects.order_by("pk").values_list("sync_request_count", flat=True))
    body = {**GITHUB, "repository": {"clone_url": "https://git.school/a/B.git"}}
    hook(body)
    hook(body)
    assert [row.sync_request_count for row in LocalCopy.objects.order_by("pk")] == [count + 2 for count in before]
    assert received_deliveries().count() == 2


def test_at_most_twenty_addresses_of_a_hook_are_tried(hook):
    register()
    before = synced()
    others = [{"href": f"https://github.com/other/{number}"} for number in range(19)]

    def body(number):
        return {"repository": {"links": {"clone": [*others[:number], {"href": URL}]}}}

    hook(body(19))
    assert sync_requests() == before + 1
    hook({**body(19), "repository": {**body(19)["repository"], "clone_url": "https://github.com/other/first"}})
    assert sync_requests() == before + 1


@pytest.mark.parametrize(
    "text", ["", "x", "http://[", "https://github.com", "https://github.com/", "https:///a/b", "/a/b", "a b"]
)
def test_what_is_no_address_has_no_key(text):
    assert match_key(text) == ""


def test_two_repositories_of_one_server_have_two_keys():
    keys = {match_key(f"https://git.school/{path}") for path in ("a/b", "a/c", "b/a", "a", "x/a/b", "a/b/x")}
    assert len(keys) == 6
