"""Every address of the site, for each kind of people: they get what docs/access.md says, and no more."""

import pytest
from django.test import Client

from accounts.models import User
from config.tests.access_addresses import Address, admin_paths, all_addresses, path_of
from config.tests.access_document import FILE, KINDS, document
from config.tests.access_lines import LINES, Line
from config.tests.access_people import bearer_of, browser_of, closed_superuser, hidden_names, make_people, make_rows
from config.tests.access_requests import Answer, send

UNSAFE = {False: ("post",), True: ("post", "put", "patch", "delete")}
MALFORMED = {400, 415, 422}  # an interface may read a message before it asks who sent it
OTHER_GROUP = "group=A2&group_id=A2&state=&page=1"  # a filter that asks for those whom the assistant does not see
OTHER_METHODS_OF = ("n", "o")  # the kinds of people whose HEAD and OPTIONS are tried, too


def test_every_address_has_a_line_and_every_line_an_address():
    assert {address.name for address in all_addresses()} == set(LINES)


def test_the_document_says_what_the_lines_say():
    text = document({address.name: address.route for address in all_addresses()})
    assert FILE.read_text(encoding="utf-8") == text, "run: python -m config.tests.access_document"


@pytest.mark.django_db(transaction=True)
def test_every_address_answers_these_people_and_nobody_else(school, settings):
    settings.DEMO = True  # else the accounts of the school are closed
    people, rows = make_people(school), make_rows(school)
    hidden = hidden_names(school)
    gone = closed_superuser()
    browsers = {kind: browser_of(None if kind == "p" else people[kind]) for kind in KINDS}
    bearers = {kind: bearer_of(people[kind]) for kind in KINDS}
    browsers["closed"], bearers["closed"] = browser_of(gone), bearer_of(gone)
    User.objects.filter(pk=gone.pk).update(is_active=False)
    faults = []
    for address in all_addresses():
        line, path = LINES[address.name], path_of(address, school, rows)
        clients = bearers if address.is_api else browsers
        answers = {kind: send(client, "get", path) for kind, client in clients.items()}
        seen = [
            f"{kind} GET {path}: {fault}" for kind in KINDS if (fault := _fault_of_reading(kind, line, answers[kind]))
        ]
        faults += seen + _told(path, answers, hidden) + _of_closed("GET", path, answers)
        if "course" in address.name:
            filtered = f"{path}?{OTHER_GROUP}"
            faults += _told(filtered, {kind: send(clients[kind], "get", filtered) for kind in hidden}, hidden)
        faults += _faults_of_sending(address, line, path, clients, answers)
        faults += _faults_of_other_methods(address, line, path, clients, hidden)
    for path in admin_paths():
        faults += _faults_of_admin(path, browsers)
    assert not faults, "\n".join(faults)


def _fault_of_reading(kind: str, line: Line, answer: Answer) -> str:
    if kind in line.reads:
        return f"refused, {answer.status}" if answer.is_refused else ""
    shows = not (answer.is_refused or answer.leads_away or (kind in line.sends and answer.status in MALFORMED))
    return f"{answer.status}, wrote {sorted(answer.written)}" if shows or answer.written else ""


def _told(path: str, answers: dict[str, Answer], hidden: dict[str, set[str]]) -> list[str]:
    """Return the names that an answer tells to somebody who must not learn them."""
    names = [(kind, name) for kind in hidden for name in hidden[kind] if name in answers[kind].text]
    return [f"{kind} GET {path} tells {name}" for kind, name in names]


def _faults_of_sending(
    address: Address, line: Line, path: str, clients: dict[str, Client], shown: dict[str, Answer]
) -> list[str]:
    """A message of somebody else changes no row. Whoever reads a page may post to it: that does what a GET does."""
    faults, taken = [], dict.fromkeys(KINDS, False)
    body = {"data": {}, "format": "json"} if address.is_api else {}
    for method in UNSAFE[address.is_api]:
        answers = {kind: send(client, method, path, **body) for kind, client in clients.items()}
        faults += _of_closed(method, path, answers)
        for kind in KINDS:
            answer = answers[kind]
            taken[kind] |= not answer.is_refused
            is_harmless = answer.is_refused or answer.leads_away or kind in line.reads
            is_harmless |= address.is_api and answer.status in MALFORMED
            writes_more = not answer.written <= (shown[kind].written if kind in line.reads else frozenset())
            if kind not in line.sends and (writes_more or not is_harmless):
                faults.append(f"{kind} {method} {path}: {answer.status}, wrote {sorted(answer.written)}")
    return faults + [f"{kind} may send nothing to {path}" for kind in line.sends if not taken[kind]]


def _faults_of_other_methods(
    address: Address, line: Line, path: str, clients: dict[str, Client], hidden: dict[str, set[str]]
) -> list[str]:
    """HEAD tells no more than GET. OPTIONS describes an interface to every caller, and says nothing of its rows."""
    faults = []
    for kind in OTHER_METHODS_OF:
        head, options = (send(clients[kind], method, path) for method in ("head", "options"))
        if head.text or not (kind in line.reads + line.sends or head.is_refused or head.leads_away):
            faults.append(f"{kind} HEAD {path}: {head.status}")
        is_empty = not options.text or options.is_refused or options.leads_away
        if options.written or not (is_empty or address.is_api or kind in line.reads):
            faults.append(f"{kind} OPTIONS {path}: {options.status}")
        faults += [f"{kind} OPTIONS {path} tells {name}" for name in hidden[kind] if name in options.text]
    return faults


def _of_closed(method: str, path: str, answers: dict[str, Answer]) -> list[str]:
    """A closed account gets what nobody gets; a token of it is refused everywhere."""
    closed, nobody = answers["closed"], answers["n"]
    is_same = closed.status == 401 or (closed.status, closed.location) == (nobody.status, nobody.location)
    if is_same and closed.written <= nobody.written:
        return []
    return [f"closed {method} {path}: {closed.status}, and nobody {nobody.status}"]


def _faults_of_admin(path: str, browsers: dict[str, Client]) -> list[str]:
    """Staff without rights open the first page of the administration and none of its lists; others open nothing."""
    is_first = path in ("/admin/", "/admin/jsi18n/")
    faults = []
    for kind in (*KINDS, "closed"):
        if kind == "x":
            continue
        for method in ("get", "post"):
            answer = send(browsers[kind], method, path)
            is_shut = answer.is_refused or (kind == "r" and (is_first or answer.location == "/admin/"))
            if answer.written or not is_shut:
                faults.append(f"{kind} {method} {path}: {answer.status} {answer.location}")
    return faults
