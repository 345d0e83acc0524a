"""Who may do what at every address of the site. docs/access.md is made from these lines.

n nobody  o a student of another course  s the student  a an assistant of the student's group  u another teacher
t the teacher  r staff without rights  x a superuser  p a program

The objects of the addresses are the student's: their booking, their account, their page in the teacher's course.
"""

from typing import NamedTuple

EVERYBODY = "nosautrxp"
SIGNED_IN = "osautrx"
CALLERS = SIGNED_IN + "p"
STAFF = "rx"
CLASS = "atrx"  # who sees the class
COURSE = "trx"  # who may change the course
KNOWN = "satrx"  # who may know the course
TEACHERS = "utrx"


class Line(NamedTuple):
    """The kinds of people to whom an address shows something, and those for whom a form or a message changes it."""

    reads: str = ""
    sends: str = ""


def lines(reads: str, sends: str, *names: str) -> dict[str, Line]:
    return {name: Line(reads, sends) for name in names}


OPEN = {  # what they show follows from a secret in the address or in the form, or is the same for everybody
    **lines(EVERYBODY, "", "livez", "readyz", "password-reset-sent", "help", "help-page", "live-stream"),
    **lines(EVERYBODY, EVERYBODY, "first-account", "one-time-link", "one-time-code", "password-reset", "stop-mails"),
    **lines(EVERYBODY, "", "calendar-file", "schema", "api-docs"),
    **lines("", EVERYBODY, "git-hook", "language", "theme"),
    **lines("", EVERYBODY, "token-obtain", "token-refresh", "token-verify", "token-sign-out"),
    **lines("", "", "course-hook", "live-ticket"),  # guessed here: nobody gets anything
    **lines("np", "np", "sign-in"),
}
OWN = {  # each person's own
    **lines(SIGNED_IN, SIGNED_IN, "profile", "password", "notice-choices", "calendar-address-new"),
    **lines(SIGNED_IN, "", "home", "what-changed", "js-catalog"),
    **lines("", SIGNED_IN, "sign-out", "kept-form", "sign-out-everywhere", "first-step-leave", "first-step-take-up"),
    **lines("", "s", "browser-end", "calendar-address-revoke"),
}
STAFF_PAGES = {
    **lines(STAFF, "", "health", "audit-log", "audit-log-file", "mails", "mail-for-staff"),
    **lines(STAFF, STAFF, "school", "repositories"),
    **lines(STAFF, "", "repositories-fragment", "repositories-file"),
    **lines(STAFF, STAFF, "host-credentials", "host-credential"),
    **lines(STAFF, "", "host-credentials-fragment"),
    **lines("", STAFF, "host-credential-test", "host-credential-accept", "host-credential-revoke"),
    **lines("", STAFF, "mails-send-failed-again", "mail-send-again"),
    **lines("x", "x", "print-codes", "person-close"),
    **lines("x", "", "person-account"),
    **lines("", "x", "person-invite", "person-reopen"),
    **lines(TEACHERS, "", "people"),
    **lines("rxp", "", "metrics"),
}
FARM = {
    **lines(SIGNED_IN, "", "farm-timeline", "farm-timeline-file", "farm-mine", "farm-mine-file", "farm-reservation"),
    **lines(SIGNED_IN, "", "farm-booking-calendar", "farm-card", "farm-fit", "farm-keys", "farm-free"),
    **lines(SIGNED_IN, "", "farm-home-card", "farm-lost-times", "farm-machine", "farm-machine-file"),
    **lines(SIGNED_IN, SIGNED_IN, "farm-book", "farm-book-preview"),
    **lines("", SIGNED_IN, "farm-undo"),
    **lines("", "srx", "farm-change", "farm-cancel", "farm-give-back", "farm-move-end", "farm-move"),
    **lines("", "s", "farm-lost-time-seen"),
    **lines(STAFF, "", "farm-capacity-card"),
    **lines("", STAFF, "farm-check-now"),
}
COURSES = {
    **lines(SIGNED_IN, "", "courses", "courses-fragment", "courses-home-main", "courses-home-aside"),
    **lines(TEACHERS, TEACHERS, "course-new"),
    **lines(CLASS, "", "course-matrix", "course-matrix-fragment", "course-matrix-file", "course-repositories-file"),
    **lines(CLASS, "", "course-roster-file", "course-tasks-file", "course-tasks", "course-task"),
    **lines(CLASS, "", "course-task-file", "course-task-fragment"),
    **lines(CLASS, COURSE, "course-roster", "course-repositories"),
    **lines(CLASS, "", "course-repositories-fragment", "course-reading-file"),
    **lines(COURSE, COURSE, "course-credentials", "course-credential"),
    **lines(COURSE, "", "course-credentials-fragment"),
    **lines("", COURSE, "course-credential-test", "course-credential-accept", "course-credential-revoke"),
    **lines(CLASS, "", "course-team", "course-team-fragment"),
    **lines(COURSE, COURSE, "course-team-add", "course-team-member", "course-team-remove"),
    **lines(COURSE, COURSE, "course-groups", "course-group"),
    **lines("", COURSE, "course-group-delete"),
    **lines(CLASS, COURSE, "course-teams"),
    **lines(CLASS, "", "course-teams-file"),
    **lines(COURSE, COURSE, "course-student-team"),
    **lines("", COURSE, "course-student-team-repository", "course-student-team-delete"),
    **lines("", "trx", "semester-delete"),
    **lines(COURSE, "", "course-grades", "course-grades-file"),
    **lines(COURSE, COURSE, "course-roster-invitations", "course-roster-remove", "course-roster-import-new"),
    **lines(COURSE, COURSE, "course-roster-import", "course-repositories-confirm", "course-settings", "semester"),
    **lines("", "", "course-roster-import-fragment"),  # leads to the page of the import while its lines are a preview
    **lines(COURSE, COURSE, "course-forge", "course-forge-connection"),
    **lines(COURSE, "", "course-forge-fragment"),
    **lines(COURSE, COURSE, "course-semester", "course-hook-new", "task-new", "task-edit", "task-extension"),
    **lines(COURSE, COURSE, "task-group-deadline"),
    **lines("", COURSE, "course-archive", "task-extension-withdraw", "task-count", "task-group-deadline-remove"),
    **lines("", COURSE, "task-delete", "course-repository-branch"),
    **lines(KNOWN, "", "task-deadline-calendar", "course-student", "course-student-fragment", "student-commits-file"),
    **lines(KNOWN, "", "student-tasks-file", "task-work", "task-work-file", "task-work-zip"),
    **lines(CLASS, CLASS, "task-zips"),
    **lines(CLASS, "", "task-zips-fragment", "task-zip-file"),
    **lines("", COURSE, "task-zip-end"),  # also whoever asked for it
    **lines("s", "s", "task-own", "course-repository"),
    **lines("s", "", "task-own-fragment", "course-repository-fragment"),
    **lines("", "s", "course-repository-remove", "course-repository-access"),
    **lines("", "strx", "course-repository-move"),
}
FARM_API = {
    **lines(CALLERS, "rxp", "Ressource", "Ressource/<pk>", "farm-resource-list", "farm-resource-detail"),
    **lines(CALLERS, CALLERS, "Reservation", "RessourceReserve", "farm-reservation-api-list"),
    **lines(CALLERS, "srxp", "Reservation/<pk>", "farm-reservation-api-detail", "farm-reservation-api-lines"),
    **lines("", "srxp", "farm-reservation-api-cancel", "farm-reservation-api-give-back", "farm-reservation-api-line"),
    **lines(CALLERS, "", "RessourceReserve/idRessource/<pk>", "RessourceReserve/idReservation/<pk>", "farm-api"),
    **lines(CALLERS, "", "farm-resource-availability", "farm-project-list", "farm-slots"),
    **lines("strxp", "", "farm-project-detail"),  # the student and the teacher are members of it
    **lines(CALLERS, "rxp", "farm-closure-list", "farm-closure-detail"),
}
COURSES_API = {
    **lines(CALLERS, "utrxp", "api-courses", "api-semester-list"),
    **lines("trxp", "trxp", "api-semester-detail"),
    **lines("rxp", "", "api-course-events"),
    **lines("satrxp", "trxp", "api-course", "api-course-tasks", "api-course-task"),
    **lines("atrxp", "trxp", "api-course-teams", "api-course-team"),
    **lines("", "trxp", "api-course-team-repositories"),
    **lines("atrxp", "trxp", "api-course-groups", "api-course-group", "api-course-enrolments", "api-course-enrolment"),
    **lines("atrxp", "trxp", "api-course-group-deadlines", "api-course-extensions"),
    **lines("", "trx", "api-course-group-deadline", "api-course-extension"),
    **lines("trxp", "", "api-course-starters"),
    **lines("trxp", "trxp", "api-course-unconfirmed", "api-course-credentials", "api-course-credential"),
    **lines("", "trxp", "api-course-credential-test"),
    **lines("atrxp", "", "api-course-task-late", "api-course-task-summaries", "api-course-matrix"),
    **lines("", "trxp", "api-course-task-count"),
    **lines("s", "s", "api-course-task-answer"),
    **lines("satrxp", "", "api-course-answers", "api-course-progress"),
    **lines("satrxp", "s", "api-course-repositories"),
}
GIT_API = {
    **lines("", CALLERS, "wire-git-api"),
    **lines("", "p", "wire-messages"),
    **lines(CALLERS, "", "api-root", "git-api", "git-request-list"),
    **lines("trxp", "", "git-request-detail"),  # a message about the teacher's course
    **lines("rxp", "", "git-repository-list", "git-repository-detail", "git-event-list", "git-event-detail"),
    **lines("", "rxp", "git-repository-pause", "git-repository-resume", "git-repository-sync", "git-event-send-again"),
}
PARTS = {
    "Open to everybody": OPEN,
    "Each person's own": OWN,
    "For staff": STAFF_PAGES,
    "The farm": FARM,
    "Courses": COURSES,
    "The farm's interfaces for programs": FARM_API,
    "The courses' interface for programs": COURSES_API,
    "The Git module's interfaces": GIT_API,
}
LINES = {name: line for part in PARTS.values() for name, line in part.items()}
