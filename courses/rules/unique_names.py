"""Names of which each is taken once, such as user names and ids. Pure."""

from collections.abc import Iterable


class UniqueNames:
    """Names of which each is taken once. Capital letters make no difference."""

    def __init__(self, taken: Iterable[str]) -> None:
        self._taken = {name.lower() for name in taken}
        self._numbers: dict[str, int] = {}

    def is_taken(self, name: str) -> bool:
        return name.lower() in self._taken

    def take(self, name: str) -> None:
        self._taken.add(name.lower())

    def take_free(self, base: str) -> str:
        """Take and return `base`, or the first of `base-2`, `base-3`, … that is free."""
        name, number = base, self._numbers.get(base.lower(), 1)
        while self.is_taken(name):
            number += 1
            name = f"{base}-{number}"
        self._numbers[base.lower()] = number
        self.take(name)
        return name
