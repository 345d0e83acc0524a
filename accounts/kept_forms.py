"""Keeps a form that was sent after the session had ended, until the person has signed in again.

It is kept in a signed cookie.

Nothing is stored on the server, so strangers cannot fill it. Passwords, tokens and files are never kept. Only the
person who had signed in last with the browser can read the form; where that is not known, only the first who opens it.
"""

from typing import Any, NamedTuple

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse, QueryDict

from accounts import known_browsers
from accounts.models import User

COOKIE = "kept_form"
SALT = "accounts.kept_form"
MOST_CHARACTERS = 3_500  # browsers keep cookies of 4 kB
LIFE = 30 * 60  # seconds
HTML_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
NOT_KEPT = frozenset({"csrfmiddlewaretoken", "next"})
SECRET_WORDS = ("password", "token")  # a field with one of them in its name is not kept


class KeptForm(NamedTuple):
    """A form as it was sent: its address, and each field with its values.

    `owner` stands for who had signed in last (known_browsers), "" when that is not known.
    """

    path: str
    fields: list[tuple[str, str]]
    person: int | None  # who has opened it
    owner: str = ""


def keep(request: HttpRequest, response: HttpResponse) -> bool:
    """Keep the form of a POST in a cookie of `response`; return whether it was kept.

    A form is not kept when it has no fields to keep, or more than MOST_CHARACTERS.
    """
    if request.method != "POST" or request.content_type not in HTML_FORMS:
        return False
    fields = _fields_of(request.POST)
    return bool(fields) and _set(
        response, KeptForm(request.get_full_path(), fields, None, known_browsers.last_person(request))
    )


def open_kept(request: HttpRequest, person: User) -> KeptForm | None:
    """Return the kept form, unless it is somebody else's, or somebody else has opened it before."""
    try:
        form = KeptForm(*signing.loads(request.COOKIES.get(COOKIE, ""), salt=SALT, max_age=LIFE))
    except (signing.BadSignature, TypeError):
        return None
    is_theirs = not form.owner or known_browsers.stands_for(form.owner, person.username)
    return form if is_theirs and form.person in (None, person.pk) else None


def claim(response: HttpResponse, form: KeptForm, person: User) -> None:
    """Note in the cookie that this person has opened the form."""
    _set(response, form._replace(person=person.pk))


def _fields_of(data: QueryDict) -> list[tuple[str, str]]:
    pairs: list[tuple[str, Any]] = [(name, value) for name, values in data.lists() for value in values]
    return [(name, str(value)) for name, value in pairs if name not in NOT_KEPT and not _is_secret(name.lower())]


def _is_secret(name: str) -> bool:
    return any(word in name for word in SECRET_WORDS)


def _set(response: HttpResponse, form: KeptForm) -> bool:
    text = signing.dumps(form, salt=SALT, compress=True)
    if len(text) > MOST_CHARACTERS:
        return False
    response.set_cookie(
        COOKIE, text, max_age=LIFE, httponly=True, secure=settings.SESSION_COOKIE_SECURE, samesite="Lax"
    )
    return True
