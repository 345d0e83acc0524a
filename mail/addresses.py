"""Validation of e-mail addresses."""

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from kernel.errors import Malformed

LONGEST = 254  # characters, by RFC 5321


def clean_address(text: str) -> str:
    """Return a valid e-mail address in ASCII, without spaces around it and with its domain in lower case.

    A domain with other letters is written as its ASCII form (`xn--…`). Raises Malformed for anything else: several
    addresses, a name before the address, and a local part with quotes or with letters that are not ASCII.
    """
    local, _at, domain = text.strip().rpartition("@")
    try:
        address = f"{local}@{domain.lower().encode('idna').decode('ascii')}"
        validate_email(address)
    except (ValidationError, UnicodeError):
        address = ""
    if not address or not address.isascii() or '"' in address or len(address) > LONGEST:
        sentence = _("“%(text)s” is not an e-mail address such as ada@school.example.")
        raise Malformed("bad_address", sentence % {"text": text[:100]}, field="email")
    return address
