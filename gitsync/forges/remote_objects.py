"""The objects of a forge that Atelier uses, as values that are the same for every forge."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class RemoteRepository:
    """A repository. `remote_id` stays when it is renamed. `full_name` is its path, such as `class-2026/ada`."""

    remote_id: str
    full_name: str
    clone_url: str
    is_private: bool
    is_empty: bool = False


@dataclass(frozen=True)
class RemoteMember:
    """A person with access of their own to a repository. `email` and `name` are "" when the forge does not say them."""

    login: str
    name: str = ""
    email: str = ""


@dataclass(frozen=True)
class RemoteHook:
    """A hook of a repository, or of the whole forge. `url` is where it reports pushes."""

    hook_id: str
    url: str


@dataclass(frozen=True)
class RepositoryPage:
    """A part of a list of repositories. `next_page` asks for the part after it; "" after the last."""

    repositories: list[RemoteRepository] = field(default_factory=list)
    next_page: str = ""
