"""The objects of audit events as people know them: a name, and the address of a page that shows the object.

The subject of an event is `kind:key`. Each app adds its kinds of objects to KINDS in its AppConfig.ready.
"""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import NamedTuple

from django.apps import apps
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.module_loading import import_string
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts.models import AuditEvent, User
from accounts.people_search import matching_people
from mail.models import Mail

MOST_FOUND = 20  # objects of one kind that a search by name finds
NUMBER = re.compile(r"[0-9]{1,18}")
NAME_FIELDS = ("title", "name", "username")  # of the values that an event keeps


@dataclass(frozen=True)
class ObjectKind:
    """A kind of objects. The functions are dotted names, so that an app can name them before it is loaded.

    title: its name in English, marked for translation.
    load: a function from numbers to {number: (name, address)} of the objects that still exist. "" where there is none.
    find: a function from a text to the numbers of at most MOST_FOUND objects with this name. "" where none are found.
    """

    title: str
    load: str = ""
    find: str = ""


class NamedObject(NamedTuple):
    """The object of an event. `href` is "" when no page shows it, or when it does not exist any more."""

    kind: str
    name: str
    href: str


KINDS: dict[str, ObjectKind] = {
    "user": ObjectKind(
        gettext_noop("Person"), "accounts.audit_log.objects.load_people", "accounts.audit_log.objects.find_people"
    ),
    "mail": ObjectKind(gettext_noop("Mail"), "accounts.audit_log.objects.load_mails"),
    "list": ObjectKind(gettext_noop("List")),
    "name": ObjectKind(gettext_noop("User name")),
    "address": ObjectKind(gettext_noop("Network address")),
}


def name_objects(events: Iterable[AuditEvent]) -> dict[str, NamedObject]:
    """Return the objects of these events by subject, with one query for each kind."""
    events = list(events)
    keys: dict[str, set[int]] = defaultdict(set)
    for event in events:
        kind, _colon, key = event.subject.partition(":")
        if kind in KINDS and KINDS[kind].load and NUMBER.fullmatch(key):
            keys[kind].add(int(key))
    loaded = {kind: import_string(KINDS[kind].load)(numbers) for kind, numbers in keys.items()}
    return {event.subject: _named(event, loaded) for event in events}


def find_subjects(text: str) -> list[str]:
    """Return the subjects of the objects with this name, at most MOST_FOUND of each kind."""
    kinds = [(name, kind.find) for name, kind in KINDS.items() if kind.find]
    return [f"{name}:{key}" for name, find in kinds for key in import_string(find)(text)]


def is_subject(text: str) -> bool:
    """Whether the text is a subject, such as course:3."""
    kind, colon, key = text.partition(":")
    return bool(colon and key and kind in KINDS)


def load_people(numbers: Collection[int]) -> dict[int, tuple[str, str]]:
    people = User.objects.filter(pk__in=numbers).only("username", "first_name", "last_name")
    return {person.pk: (person.display_name, search_address(person.username)) for person in people}


def find_people(text: str) -> list[int]:
    return list(matching_people(User.objects.order_by("pk"), text).values_list("pk", flat=True)[:MOST_FOUND])


def load_mails(numbers: Collection[int]) -> dict[int, tuple[str, str]]:
    mails = Mail.objects.filter(pk__in=numbers).only("subject")
    return {mail.pk: (mail.subject, mail.get_absolute_url()) for mail in mails}


def search_address(username: str) -> str:
    """Return the address of the search of people for this user name."""
    return f"{reverse('people')}?{urlencode({'q': username})}"


def _named(event: AuditEvent, loaded: dict[str, dict[int, tuple[str, str]]]) -> NamedObject:
    """Name the object of an event: as it is called now, else as the event called it, else by its key."""
    kind, _colon, key = event.subject.partition(":")
    title = _(KINDS[kind].title) if kind in KINDS else kind
    number = int(key) if NUMBER.fullmatch(key) else None
    if number is not None and number in loaded.get(kind, {}):
        return NamedObject(title, *loaded[kind][number])
    if kind == "list":
        return NamedObject(title, _list_name(key), "")
    if kind == "mail" and number is None:
        return NamedObject(title, "", "")  # all failed mails at once
    values = {**_texts(event.after), **_texts(event.before)}
    kept_name = next((values[field] for field in NAME_FIELDS if values.get(field)), "")
    return NamedObject(title, (kept_name if number is not None else "") or key, "")


def _texts(values: object) -> dict[str, str]:
    if not isinstance(values, dict):
        return {}
    return {name: value for name, value in values.items() if isinstance(value, str)}


def _list_name(key: str) -> str:
    """Return the name of an exported list: `audit-log`, or the name of a model's admin list, such as `user`."""
    if key == "audit-log":
        return _("Audit log")
    names = {model._meta.model_name: model._meta.verbose_name_plural for model in apps.get_models()}
    return capfirst(str(names.get(key, key)))
