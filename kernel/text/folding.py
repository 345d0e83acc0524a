"""Names as people look for them: accents and case apart, on every database alike."""

import unicodedata


def plain(name: str) -> str:
    if name.isascii():
        return name.casefold()
    parts = unicodedata.normalize("NFKD", name.casefold())
    return "".join(letter for letter in parts if not unicodedata.combining(letter))
