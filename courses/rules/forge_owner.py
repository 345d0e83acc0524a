"""The organisation, group or workspace of a forge, as a person enters it."""

from django.utils.translation import gettext as _

from kernel.errors import Malformed

OWNER_CHARACTERS = 255


def clean_owner(text: str, base_url: str) -> str:
    """Return the path of an organisation or a group. Its address is accepted too.

    Raises Malformed with the field `owner`.
    """
    owner = text.strip()
    if owner.startswith(base_url):
        owner = owner.removeprefix(base_url)
    owner = owner.strip("/").removeprefix("groups/")
    parts = owner.split("/")
    if not owner or len(owner) > OWNER_CHARACTERS or "://" in owner or any(part in ("", ".", "..") for part in parts):
        sentence = _("Enter the name of the organisation or group as its address has it, such as sysprog-2026.")
        raise Malformed("bad_owner", sentence, field="owner")
    if any(not character.isprintable() or character in " ?#\\" for character in owner):
        raise Malformed("bad_owner", _("The name contains a character that no forge accepts."), field="owner")
    return owner
