"""The pages that add people from a file: choosing it, its columns, the preview, the progress and the result."""

from html import unescape

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from accounts.models import User
from courses import tasks
from courses.domain import courses, roster, roster_imports
from courses.models import Enrolment, RosterImport
from kernel.tables.reading import MAX_BYTES, MAX_UNPACKED, OLD_EXCEL, read_pasted_table, text_lines
from kernel.testing.workbooks import with_changed_part, xlsx

LIST = "Nom;Prénom;Courriel;Groupe\nGagné;Noël;noel@school.example;Groupe 01\nMartin;Alice;alice@school.example;A1\n"


@pytest.fixture
def client(school, client_of):
    return client_of(school.course.teacher)


@pytest.fixture
def address(school):
    return f"/courses/{school.course.pk}/roster/import/"


def upload(client, address, content, name="class.csv"):
    return client.post(address, {"file": SimpleUploadedFile(name, content)})


def text_of(response):
    return unescape(response.content.decode())


def test_a_file_becomes_people_in_three_steps(school, client, address):
    assert "Add from a file" in text_of(client.get(f"/courses/{school.course.pk}/roster/"))
    preview = upload(client, address, LIST.encode("cp1252")).url
    page = client.get(preview)
    text = text_of(page)
    assert "CSV in Windows-1252, separated by “;”" in text and "class.csv" in text
    assert "Noël Gagné" in text and "New account" in text and "Already there" in text and "Apply 1 line" in text
    assert not User.objects.filter(username="noel").exists()

    assert client.post(preview, {"do": "apply", "mark": page.context["mark"]}).url == preview
    working = text_of(client.get(preview))
    assert "0 of 2 lines" in working and 'data-live="' in working and "Continue here" not in working
    tasks.apply_roster_import(RosterImport.objects.get().pk)
    result = text_of(client.get(preview))
    assert "2 of 2 lines" in result and 'data-live="' not in result and "noel" in result
    assert Enrolment.objects.get(person__username="noel").group.title == "Groupe 01"
    assert "class.csv" in text_of(client.get(address))
    fragment = text_of(client.get(preview + "_progress/"))
    assert fragment.strip().startswith("<section") and "2 of 2 lines" in fragment


def test_preview_and_result_say_whom_no_mail_can_invite(client, address):
    file = b"Matricule;Courriel\nnoel;noel@school.example\nama;\nluc;\nalice;\n"
    preview = upload(client, address, file).url
    page = client.get(preview)
    sentence = "2 new accounts have no e-mail address"
    assert sentence in text_of(page)
    client.post(preview, {"do": "apply", "mark": page.context["mark"]})
    assert sentence not in text_of(client.get(preview))  # it is still being applied
    tasks.apply_roster_import(RosterImport.objects.get().pk)
    result = text_of(client.get(preview))
    assert sentence in result and "/roster/invitations/" in result


def test_a_pasted_list_works_too(client, address):
    people = "Ama Mensah <ama.m@school.example>, A2\nj.kowal@school.example, A2"
    page = client.get(client.post(address, {"people": people}).url)
    assert [line.username for line in page.context["shown"].lines] == ["ama.m", "j.kowal"]
    assert [line.group for line in page.context["shown"].lines] == ["A2", "A2"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"x" * (MAX_BYTES + 1), "larger than 1000 KB"),
        (b"\0\1\2", "not a text file"),
        (b"\n\n", "no line with text"),
        (b"", "no line with text"),
        (OLD_EXCEL, "old Excel file"),
        (OLD_EXCEL + "EncryptedPackage".encode("utf-16-le"), "has a password"),
        (b"PK\x03\x04", "not a spreadsheet"),
        (b'a;"b', "quotation mark"),
        (xlsx([None]), "no line with text"),
        (b"a;b\n" + b";" * 500_000 + b"x", "more than 50 columns"),
        (xlsx(*[["x" * 30_000] * 50] * 20), "too large once unpacked"),
        (
            with_changed_part("xl/worksheets/sheet1.xml", lambda body: body + b" " * MAX_UNPACKED),
            "too large once unpacked",
        ),
        (
            with_changed_part("xl/workbook.xml", lambda body: b'<!DOCTYPE x [<!ENTITY a "a">]>' + body),
            "not a spreadsheet",
        ),
    ],
)
def test_a_file_that_cannot_be_read_has_its_reason_at_the_field(client, address, content, words):
    response = upload(client, address, content)
    assert response.status_code == 422
    assert words in " ".join(response.context["form"].errors["file"])
    assert not RosterImport.objects.exists()


def test_a_form_needs_a_file_or_a_list_and_not_both(client, address):
    assert "Choose a file" in text_of(client.post(address, {"people": " "}))
    both = client.post(address, {"people": "x", "file": SimpleUploadedFile("a.csv", b"x")})
    assert "not both" in both.context["form"].errors["people"][0]


def test_columns_can_be_changed_and_wrong_choices_are_explained(client, address):
    preview = upload(client, address, b"Programme;Truc\n420;noel@school.example\n421;ama\n").url
    page = client.get(preview)
    form = page.context["form"]
    assert set(form.fields) == {"column_0", "column_1", "head_lines"}

    def choose(first, second, head="1"):
        return client.post(preview, {"do": "columns", "column_0": first, "column_1": second, "head_lines": head})

    assert "Choose the column with user names" in text_of(choose("group", ""))
    twice = choose("email", "email").context["form"].errors
    assert twice == {"column_1": ["Two columns are “E-mail address”. Choose one."]}
    assert "head_lines" in choose("", "email", head="99").context["form"].errors
    assert choose("group", "email").status_code == 302
    lines = client.get(preview).context["shown"].lines
    assert [(line.number, line.label, line.group) for line in lines] == [
        (3, "Error", "421"),
        (2, "New account", "420"),
    ]
    assert "E-mail address: “ama” is not an e-mail address." in text_of(client.get(preview + "?show=error"))


def test_a_file_without_a_column_of_people_asks_for_one(client, address):
    page = client.get(upload(client, address, b"A1;A1;A1\nA1;A1;A1\nA1;A1;A1").url)
    roster_import = RosterImport.objects.get()
    roster_import.columns = ["", "", ""]
    roster_import.save()
    assert page.status_code == 200
    assert "No column with people was found" in text_of(client.get(page.request["PATH_INFO"]))


def test_a_file_of_user_names_does_not_reveal_addresses(school, client, address):
    preview = client.post(address, {"people": "charlie.x\nbob"}).url
    assert "Bob Martin" in text_of(client.get(preview)) and "bob@school.example" not in text_of(client.get(preview))


def test_a_file_that_changes_nothing_says_so_and_can_be_dropped(school, client, address):
    preview = client.post(address, {"people": "alice\nbob"}).url
    assert "The file changes nothing in the roster" in text_of(client.get(preview))
    assert client.post(preview, {"do": "discard"}).status_code == 302
    assert client.get(preview).status_code == 404


def test_a_changed_roster_shows_the_new_preview_first(school, client, address):
    preview = client.post(address, {"people": "alice;B1\nzoe.roy;B1"}).url
    mark = client.get(preview).context["mark"]
    roster.remove(None, school.alice)
    response = client.post(preview, {"do": "apply", "mark": mark}, follow=True)
    assert "The roster has changed since this preview was made." in text_of(response)
    assert RosterImport.objects.get().state == RosterImport.State.OPEN


def test_a_file_is_applied_once_and_a_page_without_a_worker_goes_on_by_a_button(school, client, address):
    preview = client.post(address, {"people": "zoe.roy;B1\nluc.roy;B2"}).url
    mark = client.get(preview).context["mark"]
    client.post(preview, {"do": "apply", "mark": mark})
    again = client.post(preview, {"do": "apply", "mark": mark}, follow=True)
    assert "This file was applied already." in text_of(again)
    RosterImport.objects.update(touched_at=timezone.now() - 2 * roster_imports.STALLED)
    assert "Continue here" in text_of(client.get(preview))
    assert client.post(preview, {"do": "continue"}).status_code == 302
    assert Enrolment.objects.filter(person__username__endswith=".roy").count() == 2
    assert "2 of 2 lines" in text_of(client.get(preview))


def test_hostile_cells_are_shown_as_text(client, address):
    people = ['"<script>alert(1)</script>";a@school.example;"=cmd|""x"""', '"Ro\u202ey";b@school.example;A1']
    preview = upload(client, address, "\n".join(["Nom;Courriel;Groupe", *people]).encode()).url
    raw, page = client.get(preview).content.decode(), text_of(client.get(preview))
    assert "<script>alert" not in raw and "<script>alert(1)</script>" in page
    assert "cannot be seen (U+202E)" in page and "\u202e" not in raw


def test_only_those_who_may_change_the_course_open_the_pages(school, person, staff, client_of, client, address):
    preview = client.post(address, {"people": "zoe.roy"}).url
    person("helper")
    roster.enrol(None, school.course, username="helper", role="assistant")
    other = person("other", kind="teacher")
    expected = {school.course.teacher: 200, staff: 200, User.objects.get(username="helper"): 403}
    expected |= {school.alice.person: 403, other: 404, person("stranger"): 404}
    for who, status in expected.items():
        for url in (address, preview):
            assert client_of(who).get(url).status_code == status, (who, url)
        assert client_of(who).get(preview + "_progress/").status_code == (302 if status == 200 else status)
        if status != 200:
            assert client_of(who).post(preview, {"do": "discard"}).status_code == status
            assert client_of(who).post(address, {"people": "x"}).status_code == status
    courses.create_course(other, other, semester_id="A2026", course_id="Other", title="Other")
    elsewhere = other.semesters.get().courses.get()
    number = RosterImport.objects.get().pk
    assert client_of(other).get(f"/courses/{elsewhere.pk}/roster/import/{number}/").status_code == 404


def test_an_archived_course_offers_no_file(school, client, address):
    courses.change_course(None, school.course, archived=True)
    assert "Nobody can be added now" in text_of(client.get(address))
    assert "Add from a file" not in text_of(client.get(f"/courses/{school.course.pk}/roster/"))
    assert "This course is archived." in text_of(client.post(address, {"people": "zoe.roy"}))


def test_the_preview_costs_the_same_queries_for_any_number_of_lines(school, client, address, assert_flat):
    def send(count):
        lines = "".join(f"zoe.roy{number};G{number}\n" for number in range(count))
        return roster_imports.create_import(
            school.course.teacher, school.course, text_lines(read_pasted_table(lines, ""))
        )

    send(1)
    assert_flat(lambda: client.get(f"{address}{RosterImport.objects.get().pk}/"), lambda: send(150), limit=15)


def test_a_long_list_has_pages_and_shows_wrong_lines_first(client, address):
    people = "".join(f"zoe.roy{number};A1\n" for number in range(120)) + "teacher;A1\n"
    preview = client.post(address, {"people": people}).url
    shown = client.get(preview).context["shown"]
    assert (shown.lines[0].username, len(shown.lines), shown.page.paginator.num_pages) == ("teacher", 100, 2)
    assert len(client.get(preview + "?show=new&page=2").context["shown"].lines) == 20
