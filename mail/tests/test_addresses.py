"""Which texts are e-mail addresses."""

import pytest

from kernel.errors import Malformed
from mail.addresses import clean_address


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("ada@school.example", "ada@school.example"),
        (" Ada.Lovelace+x@School.Example \n", "Ada.Lovelace+x@school.example"),
        ("ana@bücher.example", "ana@xn--bcher-kva.example"),
        ("o'brien@school.example", "o'brien@school.example"),
    ],
)
def test_an_address_is_returned_in_its_one_form(text, address):
    assert clean_address(text) == address


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ada",
        "ada@",
        "@school.example",
        "a@b@school.example",
        "ada@school.example, bob@school.example",
        "Ada <ada@school.example>",
        "ada@school.example\nBcc: all@school.example",
        "ada@school.example\r\nBcc: all@school.example",
        "adä@school.example",
        "ada\u200b@school.example",
        '"a b"@school.example',
        "ada@school..example",
        f"{'a' * 300}@school.example",
    ],
)
def test_anything_else_is_refused_with_the_name_of_its_field(text):
    with pytest.raises(Malformed) as refusal:
        clean_address(text)
    assert refusal.value.field == "email"
