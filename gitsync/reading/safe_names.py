"""Names in a ZIP that every system can unpack inside the folder that a person chose.

A path of a repository may have any bytes. Windows refuses some characters and names, and takes names that differ only
in letter case for the same.
"""

import hashlib
import re
import unicodedata

MAX_PART = 100  # characters of one name
MAX_FOLDER = 60  # characters of the folder of one student or team
MAX_PATH = 180  # characters of a whole path: Windows allows 260, with the folder where it is unpacked
FORBIDDEN = re.compile(r'[\x00-\x1f\x7f<>:"\\|?*]')
RESERVED = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])\s*(\.|$)", re.IGNORECASE)
HASH_LETTERS = 8
# git itself refuses to check out what a disk may take for its own folder; "git~1" is its short name on Windows.
GIT_FOLDER = re.compile(r"\.?git(~\d+)?[ .]*", re.IGNORECASE)


class SafeNames:
    """Gives each path of one ZIP a safe name, and never the same name twice."""

    def __init__(self) -> None:
        self._taken: set[str] = set()
        self._folders: set[str] = set()

    def name(self, path: str, below: str = "") -> str:
        """Return a safe path, with slashes. It is the path itself where that is safe.

        below: a safe folder of at most MAX_FOLDER characters, in which the path stays whatever it is.
        """
        parts = [part for part in map(safe_part, path.split("/")) if part] or ["_"]
        safe = "/".join([below, *parts] if below else parts)
        if len(safe) > MAX_PATH or not self._is_free(safe):
            safe = self._other_name(path, parts, below)
        key = _folded(safe)
        self._taken.add(key)
        self._folders.update(key[:index] for index, letter in enumerate(key) if letter == "/")
        return safe

    def _is_free(self, safe: str) -> bool:
        """Return whether no file has the name, no folder, and no file is where a folder is needed."""
        key = _folded(safe)
        above = {key[:index] for index, letter in enumerate(key) if letter == "/"}
        return key not in self._taken and key not in self._folders and not above & self._taken

    def folder(self, name: str) -> str:
        """Return a safe name for a folder at the top, of at most MAX_FOLDER characters, that no other one has."""
        safe = self.name(name.replace("/", "_")[: MAX_FOLDER - HASH_LETTERS - 3])
        self._folders.add(_folded(safe))
        self._taken.discard(_folded(safe))
        return safe

    def _other_name(self, path: str, parts: list[str], below: str) -> str:
        """Return the name with a hash of the path before its ending, without folders where these do not fit."""
        number = 0
        while True:
            seed = f"{number}:{path}".encode(errors="backslashreplace")
            mark = hashlib.sha256(seed).hexdigest()[:HASH_LETTERS]
            stem, _dot, ending = parts[-1].rpartition(".")
            last = f"{stem}-{mark}.{ending}" if stem and len(ending) <= HASH_LETTERS else f"{parts[-1]}-{mark}"
            for folders in (parts[:-1], []):
                safe = "/".join([below, *folders, last] if below else [*folders, last])
                if len(safe) <= MAX_PATH and self._is_free(safe):
                    return safe
            number += 1


def safe_part(part: str) -> str:
    """Return one name without what some system refuses; "" for "." and the empty name."""
    if part in {"", "."}:
        return ""
    text = FORBIDDEN.sub("_", unicodedata.normalize("NFC", part))
    text = "".join("_" if unicodedata.category(letter) in {"Cf", "Cs", "Zl", "Zp"} else letter for letter in text)
    text = text[:MAX_PART]
    if text.rstrip(" .") != text:
        text = text.rstrip(" .") + "_"
    if RESERVED.match(text) or GIT_FOLDER.fullmatch(text):
        text = f"_{text}"
    return text


def _folded(path: str) -> str:
    return unicodedata.normalize("NFC", path.casefold())
