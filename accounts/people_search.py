"""Finds people by words of their name, user name and e-mail address: without case and accents, in any script."""

from django.db.models import QuerySet

from accounts.models import User
from kernel.database.folded import having_words

NAMES = ("first_name", "last_name", "username")
NAMES_AND_ADDRESS = (*NAMES, "email")


def matching_people(people: QuerySet[User], text: str) -> QuerySet[User]:
    """Keep the people who have every word of the text in their names, user name or e-mail address."""
    return having_words(people, text, *NAMES_AND_ADDRESS)
