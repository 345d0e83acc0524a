"""Texts of a repository: a closed list of charsets, cut before they are decoded."""

import codecs
from encodings.aliases import aliases

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitsync.git import charsets
from gitsync.git.charsets import charset_of, decode_beginning, decode_text

WRITTEN = (
    "UTF-8 ISO-8859-1 ISO8859-15 latin1 Windows-1252 UTF-16 UTF-16BE Shift_JIS EUC-JP EUC-KR GB18030 GBK Big5 KOI8-R"
)


@pytest.mark.parametrize("name", sorted({*aliases, *aliases.values()}))
def test_no_name_chooses_a_codec_outside_the_list(name):
    for spelled in (name, name.upper(), name.replace("_", "-"), f" {name} "):
        assert charset_of(spelled.encode()) in charsets.CHARSETS.values()


@pytest.mark.parametrize("name", ["idna", "punycode", "utf-7", "unicode_escape", "zlib", "undefined", "x" * 99, "\xe9"])
def test_an_unknown_or_absurd_charset_is_utf_8(name):
    assert charset_of(name.encode()) == charsets.UTF_8


@pytest.mark.parametrize("name", WRITTEN.split())
def test_the_charsets_of_the_list_are_read_as_they_are_written(name):
    text = {"S": "テスト", "E": "テスト", "G": "测试", "B": "測試", "K": "тест"}.get(name[0], "été")
    if name == "EUC-KR":
        text = "시험"
    assert decode_text(text.encode(name), name.encode()) == text


class Decoders:
    """Remember how many bytes are decoded."""

    def __init__(self, monkeypatch):
        self.sizes = []
        real = charsets._decode
        monkeypatch.setattr(
            charsets, "_decode", lambda raw, codec, **more: self.sizes.append(len(raw)) or real(raw, codec, **more)
        )


@pytest.mark.parametrize("name", [b"", b"latin-1", b"utf-16", b"shift_jis", b"gb18030", b"idna"])
def test_a_text_is_cut_before_it_is_decoded(monkeypatch, name):
    decoders = Decoders(monkeypatch)
    text, is_cut = decode_beginning(b"ab" * 100_000, name, 100)
    assert (len(text), is_cut, decoders.sizes) == (100, True, [404])


@given(st.text(max_size=30), st.integers(1, 20), st.sampled_from(["utf-8", "utf-16", "shift_jis", "gb18030", "koi8-r"]))
def test_a_cut_text_is_the_beginning_of_the_whole(text, limit, name):
    raw = text.encode(codecs.lookup(name).name, "ignore")
    beginning, is_cut = decode_beginning(raw, name.encode(), limit)
    whole = decode_text(raw, name.encode())
    assert whole.startswith(beginning)
    assert is_cut == (len(whole) > limit) or len(raw) > 4 + limit * 4
    assert len(beginning) == min(limit, len(whole))
