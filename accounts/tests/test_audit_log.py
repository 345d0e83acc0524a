"""The page of the audit log: sentences, filters, pages, details and the export."""

import ast
import csv
import io
import re
from datetime import UTC, datetime

import pytest
import time_machine
from django.conf import settings
from django.db import connection

from accounts.audit import record
from accounts.audit_log.filters import AuditFilterForm
from accounts.audit_log.page import PAGE
from accounts.audit_log.titles import title_of
from accounts.models import AuditEvent

pytestmark = [pytest.mark.django_db, pytest.mark.database]
LOG = "/audit/"
# Texts of the same form that are no commands: permissions, models, modules, kinds of mail.
COMMAND = re.compile(r"(accounts|calendars|config|courses|farm|gitsync|mail)\.[a-z_]+")
WRITERS = {"record", "save_change", "record_change", "rewrite", "send_table", "_export", "_save", "_send"}


@pytest.fixture
def page(client_of, staff):
    """`page(person="alice")` returns the text of the page with these filters."""
    client = client_of(staff)
    return lambda **filters: client.get(LOG, filters).content.decode()


def test_an_entry_is_a_sentence_with_a_link_to_the_object_and_to_who_acted(page, alice, staff):
    record(staff, "accounts.role", f"user:{alice.pk}", before={"is_staff": False}, after={"is_staff": True})
    text = page()
    assert "<strong>Role changed</strong>" in text
    assert '<a href="/people/?q=alice"><bdi>Alice Martin</bdi></a>' in text
    assert "?person=staff" in text and f"?about=user%3A{alice.pk}" in text


def test_an_object_that_is_gone_keeps_the_name_that_the_event_has(page, staff):
    record(staff, "farm.remove_project", "project:999", before={"name": "Robots"})
    record(staff, "courses.delete_semester", "semester:999")
    text = page()
    assert "<bdi>Robots</bdi>" in text and "<bdi>999</bdi>" in text
    assert "/admin/farm/project/999" not in text


def test_atelier_itself_and_a_program_without_an_account_are_named(page, staff):
    record(None, "farm.expire", "reservation:1")
    AuditEvent.objects.create(actor_name="peer:10.0.0.1", verb="farm.book", subject="reservation:2")
    text = page()
    assert "<bdi>Atelier</bdi>" in text and "<bdi>peer:10.0.0.1</bdi>" in text
    entries = main_of(page(person="atelier"))
    assert "Draft of a booking expired" in entries and "Booking made" not in entries
    assert "Booking made" in main_of(page(person="peer:10.0.0.1"))


def main_of(text):
    """Return the list of entries, without the filters, whose select names every action."""
    return text.partition('aria-label="Entries"')[2]


def test_the_log_is_filtered_by_person_action_object_and_day(page, alice, bob):
    with time_machine.travel(datetime(2026, 11, 3, 12, tzinfo=UTC), tick=False):
        record(alice, "farm.book", "reservation:1")
    with time_machine.travel(datetime(2026, 11, 5, 12, tzinfo=UTC), tick=False):
        record(bob, "accounts.password", f"user:{bob.pk}")
    for filters in (
        {"person": "alice"},
        {"person": "ALICE"},
        {"action": "farm.book"},
        {"about": "reservation:1"},
        {"until": "2026-11-04"},
    ):
        entries = main_of(page(**filters))
        assert "Booking made" in entries and "Password changed" not in entries, filters
    for filters in ({"about": "bob"}, {"since": "2026-11-04"}, {"about": f"user:{bob.pk}", "person": "Bob Mar"}):
        entries = main_of(page(**filters))
        assert "Password changed" in entries and "Booking made" not in entries, filters
    assert "No entry matches" in page(person="alice", action="accounts.password")


@pytest.mark.parametrize(
    ("filters", "sentence"),
    [
        ({"person": "nobody"}, "Nobody has this name."),
        ({"person": "Martin"}, "Several people have this name. Write the user name of one of them: alice, bob, staff."),
        ({"about": "no such thing"}, "No person, course, task, machine or project has this name."),
        ({"since": "2026-11-05", "until": "2026-11-04"}, "This day is before the first one."),
        ({"since": "yesterday"}, "Enter a valid date."),
        ({"since": "0001-01-01"}, "Ensure this value is greater than or equal to"),
        ({"action": "farm.nothing"}, "Select a valid choice."),
    ],
)
def test_a_filter_that_is_not_understood_says_so_at_its_field(client_of, staff, alice, bob, filters, sentence):
    record(alice, "farm.book", "reservation:1")
    answer = client_of(staff).get(LOG, filters)
    text = answer.content.decode()
    assert answer.status_code == 422 and sentence in text and "Nothing is shown" in text
    file = client_of(staff).get("/audit/log.csv", filters)
    assert file.status_code == 302 and file["Location"].startswith("/audit/?")


def test_an_empty_log_says_so(page):
    assert "Nothing has happened yet" in page()


@pytest.mark.parametrize("value", ["9" * 30, "-1", "x", "", "\u0663"])
def test_a_page_number_that_is_none_shows_the_first_page(client_of, staff, alice, value):
    record(alice, "farm.book", "reservation:1")
    for name in ("before", "after"):
        answer = client_of(staff).get(LOG, {name: value})
        assert answer.status_code == 200


def test_pages_begin_at_an_event_and_cost_the_same_in_a_long_log(client_of, staff, alice, assert_flat):
    numbers = [record(alice, "farm.book", f"reservation:{number}").pk for number in range(PAGE + 10)]
    client = client_of(staff)
    first = client.get(LOG).context
    assert [entry.event.pk for entry in first["entries"]] == numbers[:9:-1] and not first["later"]
    second = client.get(LOG + first["earlier"]).context
    assert [entry.event.pk for entry in second["entries"]] == numbers[9::-1] and not second["earlier"]
    assert client.get(LOG + second["later"]).context["entries"][0].event.pk == numbers[-1]
    assert_flat(
        lambda: client.get(LOG, {"person": "alice"}),
        lambda: [record(alice, "farm.book", f"reservation:{number}") for number in range(100)],
        limit=12,
    )


@pytest.mark.parametrize(
    "filters",
    [
        {},
        {"person": "alice"},
        {"action": "farm.book"},
        {"about": "reservation:7"},
        {"since": "2026-01-01"},
        {"until": "2026-01-01"},
        {"since": "2026-01-01", "until": "2026-12-31", "action": "farm.book"},
    ],
)
def test_no_page_sorts_or_reads_the_whole_log(alice, filters):
    if connection.vendor != "sqlite":
        pytest.skip("the words of the plan are those of SQLite")
    for number in range(3):
        record(alice, "farm.book", f"reservation:{number}")
        AuditEvent.objects.filter(subject=f"reservation:{number}").update(at=datetime(2025 + number, 6, 1, tzinfo=UTC))
    form = AuditFilterForm(filters)
    assert form.is_valid(), form.errors
    plan = form.events().filter(pk__lt=10**9).order_by("-pk")[:PAGE].explain()
    assert "TEMP B-TREE" not in plan, plan
    assert "SEARCH" in plan and "SCAN" not in plan, plan


def test_details_show_the_values_before_and_after_in_words(page, alice, staff):
    record(
        staff,
        "accounts.role",
        f"user:{alice.pk}",
        before={"is_staff": False, "deadline": "2026-11-03T12:00:00+00:00"},
        after={"is_staff": True, "lines": [[1, 2, 64]], "some_field": {"end": "x" * 1000}},
        reason="=1+1 <b>",
    )
    text = page()
    for part in ("staff", ">no<", ">yes<", "machines", "1 2 64", "some field", "end: xxx", "&lt;b&gt;", "Show details"):
        assert part in text, part
    assert "x" * 301 not in text and "2026-11-03T12" not in text


def test_the_log_is_exported_as_its_filters_leave_it(client_of, staff, alice, bob):
    for number in range(3):
        record(alice, "farm.book", f"reservation:{number}", reason="=1+1")
    record(bob, "farm.book", "reservation:9")
    answer = client_of(staff).get("/audit/log.csv", {"person": "alice"})
    rows = list(csv.DictReader(io.StringIO(answer.getvalue().decode("utf-8-sig"), newline="")))
    assert len(rows) == 3
    assert [rows[0][name] for name in ("Action", "Reason", "Subject")] == ["Booking made", "'=1+1", "reservation:2"]
    event = AuditEvent.objects.get(verb="accounts.export")
    assert event.subject == "list:audit-log" and event.after["rows"] == 3 and event.after["person"] == "alice"


def commands_in(path):
    """Yield the audit commands that a file names: as an argument of a function that writes the log, or a constant."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            values = [*node.args, *(keyword.value for keyword in node.keywords if keyword.arg == "command")]
            values = values if name in WRITERS else values[len(node.args) :]
        elif isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "COMMAND":
            values = [node.value]
        else:
            continue
        for value in values:
            if isinstance(value, ast.Constant) and isinstance(value.value, str) and COMMAND.fullmatch(value.value):
                yield value.value


def test_every_audit_command_has_a_title():
    files = [
        path
        for app in ("accounts", "calendars", "config", "courses", "farm", "gitsync", "mail")
        for path in (settings.BASE_DIR / app).rglob("*.py")
        if "tests" not in path.parts and "migrations" not in path.parts
    ]
    commands = {command for path in files for command in commands_in(path)}
    assert {"farm.book", "courses.enrol", "gitsync.pause", "accounts.role", "config.name_school"} <= commands
    assert not {command for command in commands if title_of(command) == command}, "add them to LOG_TITLES"


@pytest.mark.parametrize(("key", "name"), [("audit-log", "Audit log"), ("user", "People"), ("gone", "Gone")])
def test_an_exported_list_is_named_in_words(page, staff, key, name):
    record(staff, "accounts.export", f"list:{key}")
    assert f"<bdi>{name}</bdi>" in page(about=f"list:{key}")
