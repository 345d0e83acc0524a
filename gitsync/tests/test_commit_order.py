"""The order in which new commits are read, compared with `git rev-list`."""

import itertools

import pygit2
import pytest

from gitsync.git import commit_order, history

NAMES = "root", "second", "third", "side", "merge"


@pytest.fixture
def work(git_server):
    return git_server.create("bob")


@pytest.fixture
def shas(work):
    """root - second - third - merge, and a side branch from root that the merge includes."""
    by_name = {name: work.commit(name, a_txt=f"{name}\n") for name in NAMES[:3]}
    work.git("checkout", "-q", "-b", "side", by_name["root"])
    by_name["side"] = work.commit("side", b_txt="1\n")
    work.git("checkout", "-q", "main")
    work.git("merge", "-q", "--no-ff", "-m", "merge", "side")
    return by_name | {"merge": work.head()}


def refuse(*_arguments: object) -> None:
    raise AssertionError("libgit2 reads the commits too")


def test_the_commits_of_a_history_without_merges_are_read_once(work, shas, monkeypatch):
    monkeypatch.setattr(pygit2.Repository, "walk", refuse)
    chain = [shas[name] for name in ("root", "second", "third")]
    with history.open_path(work.folder / ".git") as commit_history:
        assert commit_history.commits_between([shas["third"]]) == chain
        assert commit_history.commits_between([shas["third"]], [shas["root"]]) == chain[1:]
        assert commit_history.commits_between([shas["third"]], [shas["third"]]) == []


@pytest.mark.parametrize("chain", [commit_order.CHAIN, 2])
def test_any_heads_and_known_commits_give_the_commits_of_git(work, shas, monkeypatch, chain):
    monkeypatch.setattr(commit_order, "CHAIN", chain)
    choices = [names for number in range(3) for names in itertools.combinations(NAMES, number)]
    with history.open_path(work.folder / ".git") as commit_history:
        for heads, known in itertools.product(choices[1:], choices):
            wanted, hidden = [shas[name] for name in heads], [shas[name] for name in known]
            ours = commit_history.commits_between(wanted, hidden)
            expected = work.git("rev-list", "--reverse", "--topo-order", *wanted, *(f"^{sha}" for sha in hidden))
            assert sorted(ours) == sorted(expected.decode().split()), (heads, known)
            parents = [(parent, sha) for sha in ours for parent in commit_history.parents(sha) if parent in ours]
            assert all(ours.index(parent) < ours.index(sha) for parent, sha in parents), (heads, known)
