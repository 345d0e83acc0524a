"""The people of a course who have not signed in yet, with the state of their invitation."""

from datetime import datetime
from typing import NamedTuple

from accounts.domain import invitations, one_time_codes
from accounts.domain.invitations import State
from accounts.models import User
from courses.domain.roster_invitations import TO_INVITE, may_invite
from courses.models import Course, Enrolment
from courses.pages.matrix_filters import family_order

# The colour and the icon of each state, by urgency.
LOOKS = {
    State.BOUNCED: ("at-failing", "alert"),
    State.DECLINED: ("at-failing", "cancelled"),
    State.EXPIRED: ("at-late", "late"),
    State.NEVER_SENT: ("at-late", "mail"),
    State.OPENED: ("at-started", "started"),
    State.SENT: ("", "mail"),
    State.HAS_PASSWORD: ("at-idle", "key"),
}
ORDER = {state: number for number, state in enumerate(LOOKS)}


class InvitedPerson(NamedTuple):
    """A line of the list. `may_invite` says whether an invitation can be sent to this person."""

    enrolment: Enrolment
    person: User
    state: State
    sent_at: datetime | None
    colour: str
    icon: str
    may_invite: bool
    error: str  # of the mail server, when the mail was not delivered


class InvitationList(NamedTuple):
    """Those who have not signed in, the most urgent first; how many have; how many "invite all" would invite.

    sample: the subject and the text of the mail that the first person to invite gets, in their language.
    """

    waiting: list[InvitedPerson]
    signed_in: int
    to_invite: int
    sample: tuple[str, str] | None


def names_for_codes(reader: User, shown: InvitationList) -> list[str]:
    """Return the user names of those who wait and for whom the reader may print codes; as many as fit at once."""
    if not one_time_codes.may_print(reader):
        return []
    people = [row.person for row in shown.waiting if not row.person.has_usable_password()]
    people = [person for person in people if one_time_codes.may_have_code(reader, person)]
    return [person.username for person in people[: one_time_codes.MOST_CODES]]


def invitation_list(viewer: User, course: Course) -> InvitationList:
    """Return the list of a course as the viewer may invite its people, in three queries."""
    enrolments = list(course.enrolments.filter(person__is_active=True).select_related("person", "group"))
    progress = invitations.progress_of(enrolment.person for enrolment in enrolments)
    waiting = []
    for enrolment in enrolments:
        state, sent_at, error = progress[enrolment.person_id]
        if state != State.SIGNED_IN:
            person = enrolment.person
            may = may_invite(viewer, person)
            waiting.append(InvitedPerson(enrolment, person, state, sent_at, *LOOKS[state], may, error))
    waiting.sort(key=lambda row: (ORDER[row.state], family_order(row.person), row.enrolment.pk))
    to_invite = sum(row.may_invite and row.state in TO_INVITE for row in waiting)
    first = next((row.person for row in waiting if row.may_invite), None)
    sample = invitations.sample(viewer, first, context_title=course.title) if first else None
    return InvitationList(waiting, len(enrolments) - len(waiting), to_invite, sample)
