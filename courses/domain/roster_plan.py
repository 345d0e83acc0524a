"""The plan of a file of people: the effect of each line on the roster of a course, before anything is written.

Three queries, however many lines there are. The same plan is made for the preview and again, under a lock, when the
lines are applied: a line that took effect before is then "already there".
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from django.utils.translation import gettext as _

from accounts.models import User, name_of
from courses.models import Course, Enrolment, LineOutcome, RosterColumn, RosterImport
from courses.rules.planned_lines import PlannedLine
from courses.rules.roster_contradictions import find_repetitions
from courses.rules.roster_lines import (
    LinePerson,
    name_key,
    proposed_group_id,
    proposed_username,
    read_people,
)
from courses.rules.unique_names import UniqueNames
from kernel.text.plain_words import looks_like


class Account(NamedTuple):
    """The fields of an account that the plan reads."""

    pk: int
    username: str
    email: str
    first_name: str
    last_name: str
    kind: str
    is_active: bool


class Member(NamedTuple):
    """The fields of an enrolment of the course that the plan reads."""

    pk: int
    person_id: int
    group_id: str
    role: str
    team: str


class LineRefused(Exception):
    """A line that cannot take effect, with the column and the reason."""

    outcome = LineOutcome.ERROR

    def __init__(self, sentence: str, column: str = "") -> None:
        super().__init__(sentence)
        self.sentence, self.column = sentence, column


class ContradictsCourse(LineRefused):
    """A line with a teacher or an assistant of the course: it would make them a student."""

    outcome = LineOutcome.CONTRADICTION


def plan_import(roster_import: RosterImport) -> list[PlannedLine]:
    """Return the effect of each line of an import, in the order of the file.

    Of an import that is being applied, new accounts get only the user names that the person saw in the preview.
    """
    people = read_people(roster_import.people_lines, roster_import.columns)
    is_open = roster_import.state == RosterImport.State.OPEN
    return _Planner(roster_import.course, None if is_open else roster_import.usernames).plan(people)


class _Planner:
    """Compares people with the accounts, and with the people and groups of one course, as they are now."""

    def __init__(self, course: Course, promised: Mapping[str, str] | None) -> None:
        self._course, self._promised = course, promised
        accounts = [Account(*row) for row in User.objects.values_list(*Account._fields).iterator(chunk_size=5_000)]
        self._by_username: dict[str, list[Account]] = defaultdict(list)
        self._by_email: dict[str, list[Account]] = defaultdict(list)
        for account in accounts:
            self._by_username[account.username.lower()].append(account)
            if account.email:
                self._by_email[account.email.lower()].append(account)
        self._usernames = UniqueNames(self._by_username)
        by_pk = {account.pk: account for account in accounts}
        members = course.enrolments.values_list("pk", "person_id", "group__group_id", "role", "team__title")
        self._members = {row[1]: Member(row[0], row[1], row[2] or "", row[3], row[4] or "") for row in members}
        self._by_name: dict[str, list[Account]] = defaultdict(list)
        for member in self._members.values():
            account = by_pk[member.person_id]
            self._by_name[name_key(account.first_name, account.last_name)].append(account)
        groups = list(course.groups.values_list("group_id", "title"))
        self._group_ids = UniqueNames(group_id for group_id, _title in groups)
        self._groups = {looks_like(title): (group_id, title) for group_id, title in groups if title}
        self._groups |= {looks_like(group_id): (group_id, title or group_id) for group_id, title in groups}
        self._exact_groups = {group_id: (group_id, title or group_id) for group_id, title in groups}

    def plan(self, people: Sequence[LinePerson]) -> list[PlannedLine]:
        refused: dict[int, LineRefused] = {}
        accounts: dict[int, Account | None] = {}
        for person in people:
            try:
                accounts[person.number] = self._account_of(person)
            except LineRefused as refusal:
                refused[person.number] = refusal
        repetitions = find_repetitions(people, lambda person: getattr(accounts.get(person.number), "pk", None))
        # The user names of the file come first: no proposal may take one of them.
        for person in people:
            if person.username and not person.problem and accounts.get(person.number) is None:
                self._usernames.take(person.username)
        planned = []
        for person in people:
            number = person.number
            if number in refused or number in repetitions.contradictions or number in repetitions.repeated:
                planned.append(_without_effect(person, refused.get(number), *repetitions))
                continue
            try:
                planned.append(self._plan(person, accounts[number]))
            except LineRefused as refusal:
                planned.append(_without_effect(person, refusal, {}, {}))
        return planned

    def _account_of(self, person: LinePerson) -> Account | None:
        """Return the account that a line means; None for a new one. Raises LineRefused."""
        if person.problem:
            raise LineRefused(person.problem.sentence, person.problem.column)
        by_username = self._by_username.get(person.username.lower(), []) if person.username else []
        exact = [account for account in by_username if account.username == person.username] or by_username
        if len(exact) > 1:
            values = {"username": person.username, "names": ", ".join(sorted(account.username for account in exact))}
            sentence = _("%(username)s could be any of these, which differ in capital letters: %(names)s.") % values
            raise LineRefused(sentence, RosterColumn.USERNAME)
        by_email = self._by_email.get(person.email.lower(), []) if person.email else []
        if exact and by_email and exact[0] not in by_email:
            raise LineRefused(_("The user name and the e-mail address belong to two accounts."), RosterColumn.EMAIL)
        if not exact and len(by_email) > 1:
            sentence = _("Several accounts have this e-mail address: give the user name.")
            raise LineRefused(sentence, RosterColumn.EMAIL)
        by_name = [] if person.username or person.email else self._by_name.get(person.name_key, [])
        if len(by_name) > 1:
            sentence = _("Several people of the course have this name: give a user name or an e-mail address.")
            raise LineRefused(sentence, RosterColumn.FULL_NAME)
        return next(iter([*exact, *by_email, *by_name]), None)

    def _plan(self, person: LinePerson, account: Account | None) -> PlannedLine:
        if account is None:
            group_id, title = self._group_of(person.group)
            username = self._new_username(person)
            return PlannedLine(
                person.number,
                LineOutcome.NEW,
                name_of(person.first_name, person.last_name, username),
                username,
                person.email,
                person.first_name,
                person.last_name,
                group_id,
                title,
                team_title=person.team,
            )
        member = self._members.get(account.pk)
        self._check(account, member)
        group_id, title = self._group_of(person.group)
        if member is None:
            outcome = LineOutcome.ADDED
        else:
            moves = group_id and group_id != member.group_id
            joins = person.team and looks_like(person.team) != looks_like(member.team)
            outcome = LineOutcome.MOVED if moves or joins else LineOutcome.SAME
        return PlannedLine(
            person.number,
            outcome,
            name_of(account.first_name, account.last_name, account.username),
            account.username,
            person.email,  # not the account's: a file may not ask for addresses
            group_id=group_id,
            group_title=title,
            person_id=account.pk,
            enrolment_id=member.pk if member else None,
            team_title=person.team,
        )

    def _check(self, account: Account, member: Member | None) -> None:
        """Raise LineRefused for an account that cannot be a student of the course, or is in its teaching team."""
        values = {"username": account.username}
        if account.kind == User.Kind.SERVICE:
            raise LineRefused(_("%(username)s is the account of a program.") % values, RosterColumn.USERNAME)
        if not account.is_active:
            raise LineRefused(_("The account %(username)s is closed.") % values, RosterColumn.USERNAME)
        role = member.role if member else ""
        if role == Enrolment.Role.TEACHER or account.pk == self._course.semester.teacher_id:
            sentence = _("%(username)s teaches this course and cannot be a student of it.")
            raise ContradictsCourse(sentence % values, RosterColumn.USERNAME)
        if role == Enrolment.Role.ASSISTANT:
            sentence = _("%(username)s is an assistant of this course: remove them there before they become a student.")
            raise ContradictsCourse(sentence % values, RosterColumn.USERNAME)

    def _new_username(self, person: LinePerson) -> str:
        if self._promised is None:
            return person.username or self._usernames.take_free(proposed_username(person))
        username = self._promised.get(str(person.number), "")
        if not username:
            raise LineRefused(_("An account changed after the preview. Send the file again for this line."))
        if username.lower() in self._by_username:
            sentence = _("Somebody else has the user name %(username)s by now. Send the file again for this line.")
            raise LineRefused(sentence % {"username": username}, RosterColumn.USERNAME)
        return username

    def _group_of(self, title: str) -> tuple[str, str]:
        """Return the id and the title of the group that a line names; a new one for a title that is unknown."""
        if not title:
            return "", ""
        if title in self._exact_groups:
            return self._exact_groups[title]
        key = looks_like(title)
        if key not in self._groups:
            group_id = proposed_group_id(title)
            if self._exact_groups.get(group_id) == (group_id, group_id):  # without a title: it is the same group
                return group_id, group_id
            self._groups[key] = self._group_ids.take_free(group_id), title
        return self._groups[key]


def _without_effect(
    person: LinePerson, refusal: LineRefused | None, contradictions: Mapping[int, str], repeated: Mapping[int, str]
) -> PlannedLine:
    name = name_of(person.first_name, person.last_name, person.username or person.email)
    line = PlannedLine(person.number, LineOutcome.SAME, name, person.username, person.email, group_title=person.group)
    line = line._replace(team_title=person.team)
    if refusal:
        return line._replace(outcome=refusal.outcome, column=refusal.column, sentence=refusal.sentence)
    if person.number in contradictions:
        return line._replace(outcome=LineOutcome.CONTRADICTION, sentence=contradictions[person.number])
    return line._replace(sentence=repeated[person.number])
