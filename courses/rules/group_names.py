"""Finds the group of a course that a list of people means: by its id, or by its title. Pure."""

from collections.abc import Iterable

from kernel.text.plain_words import looks_like


class GroupNames:
    """The ids of groups by their names. `rows` are pairs of id and title; of equal titles the last one counts."""

    def __init__(self, rows: Iterable[tuple[str, str]]) -> None:
        rows = list(rows)
        self._exact = {group_id for group_id, _title in rows}
        self._similar = {looks_like(title): group_id for group_id, title in rows if title}
        self._similar |= {looks_like(group_id): group_id for group_id, _title in rows}

    def id_of(self, text: str) -> str:
        """Return the id of the group with this id or title; the text itself where there is none."""
        return text if text in self._exact else self._similar.get(looks_like(text), text)
