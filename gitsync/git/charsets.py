"""Decodes bytes of a repository. Only the charsets of a closed list are used.

Python knows a hundred codecs by name. Some of them decompress, or take minutes for a few kilobytes, so a name in a
commit must not select any codec. Every codec in the list takes a time in proportion to the number of bytes.
"""

import codecs

BYTES_PER_CHARACTER = 4  # at most, in every charset of the list
MARK_BYTES = 4  # UTF-16 may begin with a byte order mark
UTF_8 = "utf-8"
# The names that people and programs write -> Python's name.
CHARSETS = {
    name: codec
    for codec, names in {
        UTF_8: "utf8 ascii usascii",
        "iso-8859-1": "iso88591 latin1 l1 88591",
        "iso-8859-15": "iso885915 latin9 latin15 l9 885915",
        "cp1252": "windows1252 cp1252 1252",
        "utf-16": "utf16 ucs2 iso10646ucs2",
        "utf-16-le": "utf16le ucs2le",
        "utf-16-be": "utf16be ucs2be",
        "cp932": "shiftjis sjis mskanji cp932 windows31j",
        "euc_jp": "eucjp ujis",
        "euc_kr": "euckr",
        "gb18030": "gb18030 gbk gb2312 euccn cp936",
        "big5": "big5 cp950",
        "koi8_r": "koi8r",
        "koi8_u": "koi8u",
    }.items()
    for name in names.split()
}


def charset_of(name: bytes) -> str:
    """Return Python's name of a charset of the list, in any spelling; UTF-8 for any other name."""
    letters = bytes(byte for byte in name[:40].lower() if 48 <= byte <= 57 or 97 <= byte <= 122)
    return CHARSETS.get(letters.decode("ascii"), UTF_8)


def decode_text(raw: bytes, charset: bytes = b"") -> str:
    """Return the text. Bytes that do not fit the charset, and NUL, are written as `\\xNN`."""
    return _decode(raw, charset_of(charset) if charset else UTF_8, is_whole=True)


def decode_beginning(raw: bytes, charset: bytes, limit: int) -> tuple[str, bool]:
    """Return the first `limit` characters, as `decode_text`, and whether there are more.

    The bytes are cut before they are decoded.
    """
    size = MARK_BYTES + limit * BYTES_PER_CHARACTER
    is_whole = len(raw) <= size
    beginning = raw if is_whole else raw[:size]
    text = _decode(beginning, charset_of(charset) if charset else UTF_8, is_whole=is_whole)
    return text[:limit], not is_whole or len(text) > limit


def _decode(raw: bytes, codec: str, *, is_whole: bool) -> str:
    try:
        text = raw.decode(codec) if is_whole else codecs.getincrementaldecoder(codec)().decode(raw)
    except UnicodeError:
        text = raw.decode(UTF_8, "backslashreplace")
    if "\0" in text:
        text = text.replace("\0", "\\x00")
    return text if codec == UTF_8 else text.encode(UTF_8, "backslashreplace").decode()  # UTF-8 gives no surrogates
