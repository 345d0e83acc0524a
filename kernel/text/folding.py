"""Removes case and accents from names, so that a search finds them in the same way on every database."""

import unicodedata

LONGEST = 1_000  # characters; the rest of a longer text is dropped, because accents without end take minutes


def fold_for_search(name: str) -> str:
    """Return the name in lower case and without accents: `Éléonore` becomes `eleonore`."""
    name = name[:LONGEST]
    if name.isascii():
        return name.casefold()
    parts = unicodedata.normalize("NFKD", name.casefold())
    return "".join(letter for letter in parts if not unicodedata.combining(letter))
