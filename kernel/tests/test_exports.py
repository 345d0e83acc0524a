"""Files of tables: their cells, both formats, and how many rows are in memory while they are written."""

import asyncio
import csv
import io
import weakref
import zipfile
from datetime import UTC, date, datetime
from decimal import Decimal

import openpyxl
import pytest
from django.utils import timezone, translation

from kernel.errors import Malformed
from kernel.exports import csv_file, download, xlsx_file
from kernel.exports.cells import escape_formula, looks_like_formula, unescape_formula
from kernel.exports.table import Table, moment_column

FORMULAS = [
    "=1+1", "+33 1", "-1", "@SUM(1)", "\t=1", "\tx", "\r=1", "\rx", "\nx", " =1", "\u00a0=1", "\u2003+1", "\ufeff=1",
    "\u200b=1", "'=1", "''@x", "' =1", "\uff1d1", "\uff0b1", "\uff0d1", "\uff20x", "\u2212 1", "\ufe62x", "\u207c1",
    " \uff1d1", "\x00=1", "=cmd|' /C calc'!A0", '=HYPERLINK("http://x")', "- a list", "-",
]  # fmt: skip
HARMLESS = [
    "",
    "Alice",
    "1",
    "1.2 Lists",
    "'quoted'",
    "'",
    " ",
    "été",
    "a=1",
    "_x",
    "(1)",
    "“=1”",
    "≠1",
    "–1",
    "①",
    "مبنى",
]
INJECTED = '<r></t></is></c><c r="Z9"><f>1+1</f></c><c r="A9" t="inlineStr"><is><t></r>'


def table(rows, columns=("One", "Two", "Three"), **options):
    return Table("things", "StruDon", "Things", columns, rows, **options)


def csv_rows(value, delimiter=","):
    file = io.BytesIO()
    csv_file.write_csv(value, file)
    assert file.getvalue().startswith(b"\xef\xbb\xbf"), "a byte order mark"
    return list(csv.reader(io.StringIO(file.getvalue().decode("utf-8-sig"), newline=""), delimiter=delimiter))


def xlsx_sheet(value):
    file = io.BytesIO()
    xlsx_file.write_xlsx(value, file)
    return openpyxl.load_workbook(file).worksheets[0]


@pytest.mark.parametrize("text", FORMULAS)
def test_a_text_that_a_spreadsheet_may_run_is_escaped_and_read_back(text):
    assert looks_like_formula(text)
    escaped = escape_formula(text)
    assert escaped == f"'{text}"
    assert unescape_formula(escaped) == text


@pytest.mark.parametrize("text", HARMLESS)
def test_any_other_text_stays_as_it_is(text):
    assert escape_formula(text) == text
    assert unescape_formula(text) == text


@pytest.mark.parametrize("text", [*FORMULAS, *HARMLESS])
def test_escaping_twice_is_undone_twice(text):
    assert unescape_formula(unescape_formula(escape_formula(escape_formula(text)))) == text


@pytest.mark.parametrize(("language", "delimiter", "half"), [("en", ",", "0.5"), ("fr", ";", "0,5")])
def test_csv_is_written_for_the_spreadsheets_of_the_language(language, delimiter, half):
    row = [0.5, Decimal("0.5"), -3, "-3", None, "a\nb", 'a;,"b', date(2026, 11, 1)]
    with translation.override(language):
        rows = csv_rows(table([row], columns=["x"] * len(row)), delimiter)
    assert rows[1] == [half, half, "-3", "'-3", "", "a\nb", 'a;,"b', "2026-11-01"]


def test_a_file_for_a_program_has_commas_and_decimal_points_in_every_language():
    with translation.override("fr"):
        assert csv_rows(table([[0.5, Decimal("12.50"), 1]], for_program=True))[1] == ["0.5", "12.50", "1"]


def test_datetimes_are_written_in_the_active_zone_which_the_title_names():
    moment = datetime(2026, 7, 1, 22, 30, 15, 999, tzinfo=UTC)
    with timezone.override("Europe/Paris"):
        things = table([[moment]], columns=[moment_column("Deadline")])
        assert csv_rows(things) == [["Deadline (Europe/Paris)"], ["2026-07-02 00:30:15"]]
        assert xlsx_sheet(things)["A2"].value == datetime(2026, 7, 2, 0, 30, 15)


def test_xlsx_keeps_numbers_dates_and_texts_as_what_they_are():
    moment = datetime(2026, 7, 1, 22, 30, tzinfo=UTC)
    row = [
        7,
        Decimal("12.5"),
        moment,
        date(2026, 7, 1),
        "007",
        "-1",
        "=1+1",
        "http://x.example",
        None,
        date(1815, 6, 18),
    ]
    with timezone.override("UTC"):
        sheet = xlsx_sheet(table([row], columns=["x"] * len(row)))
    cells = [(cell.value, cell.data_type) for cell in sheet[2]]
    assert cells == [
        (7, "n"), (12.5, "n"), (datetime(2026, 7, 1, 22, 30), "d"), (datetime(2026, 7, 1), "d"), ("007", "s"),
        ("'-1", "s"), ("'=1+1", "s"), ("http://x.example", "s"), (None, "n"), ("1815-06-18", "s"),
    ]  # fmt: skip
    assert sheet["H2"].hyperlink is None


@pytest.mark.parametrize(
    "text", [*FORMULAS, INJECTED, "<r>x</r>", "a\x07b", "\ufffe", "_x0041_", "<&>\"'", "x" * 40_000]
)
def test_no_text_becomes_a_formula_or_breaks_the_workbook(text):
    sheet = xlsx_sheet(table([[text, "next"], ["end"]], columns=[text, "b"]))
    cells = [cell for row in sheet.iter_rows() for cell in row]
    assert {cell.data_type for cell in cells} <= {"s", "n"}
    assert (sheet.max_row, sheet.max_column) == (3, 2)
    assert (sheet["B2"].value, sheet["A3"].value) == ("next", "end")
    assert not str(sheet["A2"].value).startswith(("=", "+", "-", "@"))


@pytest.mark.parametrize("title", ["", "'", "a/b[c]:*?\\d", "x" * 80, "History"])
def test_any_title_is_the_name_of_a_sheet(title):
    file = io.BytesIO()
    xlsx_file.write_xlsx(Table("x", "", title, ["a"], []), file)
    assert len(openpyxl.load_workbook(file).sheetnames) == 1


class Row(list):
    """A row with weak references: a list has none."""


@pytest.mark.parametrize("write", [csv_file.write_csv, xlsx_file.write_xlsx])
def test_no_more_than_two_rows_are_in_memory_whatever_their_number(write, tmp_path):
    written, most = [], 0

    def rows():
        nonlocal most
        for number in range(3_000):
            row = Row([f"student {number}", number, "Done"])
            written.append(weakref.ref(row))
            most = max(most, sum(reference() is not None for reference in written[-50:]))
            yield row

    with (tmp_path / "file").open("wb") as file:
        assert write(table(rows()), file) == 3_000
    assert 1 <= most <= 2
    assert not any(reference() for reference in written)


def test_a_table_with_too_many_rows_for_the_format_is_refused_and_leaves_no_file(monkeypatch, tmp_path):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr(xlsx_file, "MAX_ROWS", 10)
    with pytest.raises(Malformed) as refused:
        download.write_download(table([["x"]] * 11), "xlsx")
    assert refused.value.code == "too_many_rows"
    assert list(tmp_path.iterdir()) == []
    assert download.write_download(table([["x"]] * 11), "csv")[1] == 11


@pytest.mark.parametrize("file_format", ["csv", "xlsx"])
def test_a_download_is_sent_in_parts_and_leaves_no_file(db, file_format, monkeypatch, tmp_path):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    response, count = download.write_download(table([["x" * 500, number] for number in range(400)]), file_format)
    name = f'attachment; filename="strudon-things-{timezone.localdate()}.{file_format}"'
    assert (count, response["Content-Disposition"]) == (400, name)
    size = int(response["Content-Length"])

    async def receive():
        return [part async for part in response]

    parts = asyncio.run(receive())
    response.close()
    assert sum(map(len, parts)) == size
    assert max(map(len, parts)) <= download.FileDownload.block_size
    assert list(tmp_path.iterdir()) == []
    if file_format == "xlsx":
        assert zipfile.is_zipfile(io.BytesIO(b"".join(parts)))


def test_a_hostile_name_stays_inside_the_name_of_the_file():
    hostile = Table("roster", '../é\r\n"x; \u202e' + "y" * 500, "x", [], [])
    header = download.write_download(hostile, "csv")[0]["Content-Disposition"]
    assert header.startswith("attachment; ")
    assert not set("\r\n/\u202e") & set(header)
    assert len(header) < 250


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("text", ["a;=1+1", "a,=1+1", "a\t@SUM(1)", 'a;"=1+1"', "a;-2+3+cmd|' /C calc'!A0", "a\n=1+1"])
def test_no_formula_begins_for_a_spreadsheet_that_expects_another_separator(language, text):
    file = io.BytesIO()
    with translation.override(language):
        csv_file.write_csv(Table("roster", "", "People", ["Number", "Name"], [[1, text]]), file)
    lines = file.getvalue().decode("utf-8-sig").splitlines()
    cells = [cell for separator in ";,\t" for row in csv.reader(lines, delimiter=separator) for cell in row]
    assert not [cell for cell in cells if cell.lstrip('"')[:1] in tuple("=+-@")]


def test_words_after_a_comma_and_a_space_stay_as_they_are():
    file = io.BytesIO()
    csv_file.write_csv(Table("roster", "", "People", ["Name"], [["Doe, -x; +y = z"]]), file)
    assert "Doe, -x; +y = z" in file.getvalue().decode("utf-8-sig")
