"""The choices of a person, as the account page shows them (templates/mail/_choices.html)."""

import datetime
from itertools import groupby
from typing import Any, NamedTuple

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import get_language_info

from mail import kinds
from mail.choices import choices_of, digest_hour
from mail.kinds import Kind
from mail.models import Choice
from mail.readers import Reader, language_of

HALF_HOURS = [datetime.time(hour, minute) for hour in range(24) for minute in (0, 30)]


class Row(NamedTuple):
    """One kind of notice: its name, its title, and the present choice, one of `offered`. A fixed kind has no choice."""

    name: str
    title: str | Promise
    choice: str
    is_fixed: bool
    offered: list[str]


class Section(NamedTuple):
    title: str | Promise
    rows: list[Row]


def choice_context(person: Reader) -> dict[str, Any]:
    """Return the context of `mail/_choices.html`, in two queries."""
    chosen, hour = choices_of(person), digest_hour(person)
    offered = [kind for kind in kinds.all_kinds() if kind.is_for(person)]
    sections = [
        Section(kinds.SECTIONS[name], [_row(kind, chosen[kind.name]) for kind in group])
        for name, group in groupby(offered, key=lambda kind: kind.section)
    ]
    return {
        "notice_sections": sections,
        "notice_choices": Choice.choices,
        "digest_hour": hour,
        "digest_hours": sorted({*HALF_HOURS, hour}),
        "digest_zone": person.zone or settings.TIME_ZONE,
        "digest_language": get_language_info(language_of(person))["name_translated"],
    }


def _row(kind: Kind, choice: str) -> Row:
    offered = [value for value in Choice.values if kind.has_daily or value != Choice.DAILY]
    return Row(kind.name, kind.title, choice, kind.is_fixed, offered)
