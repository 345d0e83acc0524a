"""Names in right-to-left letters inside a sentence."""

import unicodedata

RIGHT_TO_LEFT = frozenset({"R", "AL"})


def isolated(name: str) -> str:
    """Put a name with right-to-left letters between bidi isolates; return any other name as it is.

    Without them it would reorder the numbers and words beside it.
    """
    if name.isascii() or not any(unicodedata.bidirectional(letter) in RIGHT_TO_LEFT for letter in name):
        return name
    return f"\N{FIRST STRONG ISOLATE}{name}\N{POP DIRECTIONAL ISOLATE}"
