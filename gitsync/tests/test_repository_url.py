"""The rules for URLs: one canonical form for each repository, and no private server."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitsync.domain import repositories
from gitsync.models import LocalCopy, Repository
from gitsync.rules import repository_url
from kernel.errors import Malformed


@pytest.mark.parametrize(
    "given_url",
    [
        "https://github.com/Bob/Project",
        "https://github.com/bob/project.git",
        "HTTPS://GitHub.com/bob/project.git/",
        " https://github.com:443/bob//project/ ",
        "https://github.com./bob/%70roject",
    ],
)
def test_all_spellings_of_a_repository_have_one_canonical_form(given_url):
    assert str(repository_url.parse(given_url)) == "https://github.com/bob/project"


@pytest.mark.parametrize(
    ("page", "repository"),
    [
        ("https://github.com/Bob/Project/tree/main", "https://github.com/Bob/Project"),
        ("https://github.com/bob/project/blob/main/a.py", "https://github.com/bob/project"),
        ("https://codeberg.org/bob/project/src/branch/main", "https://codeberg.org/bob/project"),
        (
            "https://gitlab.school.example/team/sub/project/-/tree/main",
            "https://gitlab.school.example/team/sub/project",
        ),
        ("https://github.com/bob/project.git", ""),
        ("https://gitlab.com/team/sub/project", ""),
        ("https://git.example/a/b/c/d.git", ""),
    ],
)
def test_a_page_of_a_forge_is_distinguished_from_a_repository(page, repository):
    assert repository_url.repository_of_page(repository_url.parse(page)) == repository


def test_the_path_to_fetch_keeps_case_and_suffix():
    assert repository_url.parse("https://github.com/Bob/Project.git").fetch_path == "/Bob/Project.git"


def test_letter_case_counts_on_an_unknown_server():
    assert repository_url.parse("https://git.school.example/Bob/P") != repository_url.parse(
        "https://git.school.example/bob/p"
    )


def test_composed_and_decomposed_accents_are_the_same():
    composed = repository_url.parse("https://git.school.example/%C3%A9cole/tp")
    decomposed = repository_url.parse("https://git.school.example/e%CC%81cole/tp")
    assert composed == decomposed
    assert composed.path == "/école/tp"


@pytest.mark.parametrize(
    "bad",
    [
        "",
        "github.com/bob/p",
        "http://github.com/bob/p",
        "ssh://git@github.com/bob/p",
        "git@github.com:bob/p.git",
        "file:///etc/passwd",
        "/etc",
        "../x",
        "C:\\x",
        "ext::sh -c id",
        "ftp://github.com/x/y",
        "git://github.com/bob/p",
        "--upload-pack=touch",
        "https://-oProxyCommand=x/y/z",
        "https://-dash.example/y",
        "https://dash-.example/y",
        "https://bob@github.com/bob/p",
        "https://bob:secret@github.com/bob/p",
        "https://@github.com/bob/p",
        "https://github.com/bob/p?x=1",
        "https://github.com/bob/p?",
        "https://github.com/bob/p#readme",
        "https://github.com/bob/p#",
        "https://github.com:8443/bob/p",
        "https://github.com:99999/bob/p",
        "https://github.com/",
        "https://github.com",
        "https://github.com/bob/../p",
        "https://github.com/bob/%2e%2e/p",
        "https://github.com/bob/p%0aq",
        "https://github.com/bob/p\nq",
        "https://git\thub.com/bob/p",
        "https://github.com/bob/p\u202egit",
        "https://github.com/bob\\p",
        "https://127.0.0.1/p",
        "https://127.1/p",
        "https://2130706433/p",
        "https://0x7f000001/p",
        "https://0x7f.1/p",
        "https://0177.0.0.1/p",
        "https://0/p",
        "https://８.８.８.８/p",
        "https://8.8.8.8/p",
        "https://1.2.3.4./p",
        "https://[::1]/p",
        "https://[::ffff:127.0.0.1]/p",
        "https://[fe80::1%25eth0]/p",
        "https://localhost/p",
        "https://localhost./p",
        "https://a.localhost/p",
        "https://printer.local/p",
        "https://metadata.google.internal/p",
        "https://intranet/p",
        "https://exa_mple.org/p",
        "https://a..example/p",
        "https://github.com/" + "x" * 1000,
        None,
        5,
    ],
)
def test_it_refuses_an_invalid_url(bad):
    with pytest.raises(Malformed) as refused:
        repository_url.parse(bad)
    assert refused.value.field == "repoUrl"


def test_a_local_server_may_be_private_and_plain_only_at_its_exact_port(settings):
    settings.GIT_LOCAL_SERVERS = frozenset({"127.0.0.1:8123", "[::1]:8124"})
    assert str(repository_url.parse("http://127.0.0.1:8123/a/b.git")) == "http://127.0.0.1:8123/a/b"
    assert str(repository_url.parse("http://[::1]:8124/b")) == "http://[::1]:8124/b"
    for other in ("http://127.0.0.1:8124/a", "http://127.0.0.1/a", "http://localhost:8123/a", "http://127.1:8123/a"):
        with pytest.raises(Malformed):
            repository_url.parse(other)


def test_with_a_list_of_hosts_only_these_are_accepted(settings):
    settings.GIT_HOSTS = frozenset({"github.com"})
    assert repository_url.parse("https://github.com/a/b").host == "github.com"
    with pytest.raises(Malformed) as refused:
        repository_url.parse("https://gitlab.com/a/b")
    assert "github.com" in refused.value.message
    with pytest.raises(Malformed):
        repository_url.parse("https://github.com.evil.example/a/b")


@given(st.text(max_size=60), st.sampled_from(["github.com", "git.école.example", "GIT.example.org"]))
def test_the_canonical_form_of_a_canonical_form_is_itself(path, host):
    try:
        once = repository_url.parse(f"https://{host}/{path}")
    except Malformed:
        return
    again = repository_url.parse(str(once))
    assert (again.scheme, again.host, again.path) == (once.scheme, once.host, once.path)


@pytest.mark.django_db
def test_two_spellings_of_a_url_are_one_repository_with_one_local_copy():
    first = repositories.ensure("https://github.com/Bob/Project.git")
    assert repositories.ensure("https://github.com/bob/project") == first
    assert repositories.find("https://GITHUB.com/bob/project/") == first
    assert repositories.find("not a url") is None
    assert Repository.objects.count() == LocalCopy.objects.count() == 1
