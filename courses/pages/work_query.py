"""The query string of the page of a student's files: the state of the work, the file, the commits to compare."""

from dataclasses import dataclass, replace

from django.http import QueryDict

from kernel.web.query_string import encode_query

AT_DEADLINE, NOW, AFTER, BETWEEN, AT_COMMIT = "deadline", "now", "after", "between", "commit"
COMPARED = (AFTER, BETWEEN)
ALL = "all"


@dataclass(frozen=True)
class WorkQuery:
    """What a reader chose. `state` is one of the five above, or "" for the first state of the page.

    `commit` is a sha. `old` and `new` are the shas that a reader compares. `group` is the group whose students the
    reader goes through.
    """

    state: str = ""
    commit: str = ""
    old: str = ""
    new: str = ""
    file_name: str = ""
    group: str = ""
    all_lines: bool = False
    all_commits: bool = False

    @classmethod
    def read(cls, values: QueryDict) -> "WorkQuery":
        """Read the parameters of an address. Unknown values are ignored."""
        commit, state = values.get("commit", ""), values.get("state", "")
        return cls(
            state=AT_COMMIT if commit else state if state in (AT_DEADLINE, NOW, AFTER, BETWEEN) else "",
            commit=commit,
            old=values.get("from", ""),
            new=values.get("to", ""),
            file_name=values.get("file", ""),
            group=values.get("group", ""),
            all_lines=values.get("lines") == ALL,
            all_commits=values.get("commits") == ALL,
        )

    def with_file(self, name: str) -> str:
        """Return the query string of the same page with another file."""
        return replace(self, file_name=name, all_lines=False).encoded()

    def with_all_lines(self) -> str:
        return replace(self, all_lines=True).encoded()

    def with_all_commits(self) -> str:
        return replace(self, all_commits=True).encoded()

    def with_state(self, state: str) -> str:
        """Return the query string of another state; the file stays."""
        return WorkQuery(state, file_name=self.file_name, group=self.group).encoded()

    def with_commit(self, sha: str) -> str:
        return WorkQuery(AT_COMMIT, sha, file_name=self.file_name, group=self.group).encoded()

    def of_another_student(self) -> str:
        """Return the query string for another student: without what only this student's repository has."""
        state = "" if self.state == AT_COMMIT else self.state
        return WorkQuery(state, file_name=self.file_name, group=self.group).encoded()

    def encoded(self) -> str:
        """Return the query string, with its question mark."""
        return "?" + encode_query(
            state="" if self.commit else self.state,
            commit=self.commit,
            to=self.new,
            file=self.file_name,
            group=self.group,
            lines=ALL if self.all_lines else "",
            commits=ALL if self.all_commits else "",
            **{"from": self.old},
        )
