"""Files of machines: how they are read, understood, and written so that they can be read again."""

import io
import zipfile

import openpyxl
import pytest

from farm.models import Machine
from farm.sheets import reading, writing
from farm.sheets.columns import read_machines
from farm.sheets.reading import read_sheet
from kernel.errors import Malformed

HEAD = "name,gpu_count,memory_gb,tags,state,location\n"


def rows_of(content: bytes | str) -> list[dict]:
    rows, problems = read_machines(read_sheet(content.encode() if isinstance(content, str) else content))
    assert problems == []
    return [row.values for row in rows]


def problems_of(content: bytes | str) -> list[tuple[int, str]]:
    return [
        tuple(problem[:2])
        for problem in read_machines(read_sheet(content.encode() if isinstance(content, str) else content))[1]
    ]


def xlsx(*rows) -> bytes:
    book, out = openpyxl.Workbook(), io.BytesIO()
    for row in rows:
        book.active.append(row)
    book.save(out)
    return out.getvalue()


EXPECTED = [{"name": "été-1", "gpu_count": 8, "memory_gb": 512, "location": "Salle é"}]


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "latin-1", "cp1252", "utf-16"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_it_reads_what_spreadsheets_write(separator, codec, newline):
    lines = [["name", "gpu_count", "memory_gb", "location"], ["été-1", "8", "512", "Salle é"]]
    text = newline.join(separator.join(line) for line in lines) + newline
    assert rows_of(text.encode(codec)) == EXPECTED


def test_it_reads_an_excel_file_with_numbers_that_are_numbers():
    content = xlsx(["Name", "GPUs", "memory (GB)", "location"], ["été-1", 8, 512.0, "Salle é"], [None, None])
    assert rows_of(content) == EXPECTED


def test_the_columns_may_be_called_as_the_pages_call_them_in_french(settings):
    from django.utils import translation

    with translation.override("fr"):
        names = [str(Machine._meta.get_field(name).verbose_name) for name in ("name", "gpu_count", "memory_gb")]
        assert rows_of(";".join(names) + "\nx;1;2\n") == [{"name": "x", "gpu_count": 1, "memory_gb": 2}]


def test_a_line_that_names_the_separator_is_obeyed_and_counted():
    assert problems_of("sep=;\r\nname;gpu_count\r\nx,y;one\r\n") == [(3, "GPUs")]


def test_tags_and_states_are_read_in_words():
    read_rows = rows_of(HEAD + 'a,1,0,"nvlink, 80 GB, nvlink",Draining,\n')
    assert read_rows[0]["tags"] == ["nvlink", "80 GB"]
    assert read_rows[0]["state"] == "draining"


@pytest.mark.parametrize("number", ["", "-1", "1.5", "many", "1e3", "٣", "9999999999", "0x10"])
def test_a_number_that_is_none_is_named_with_its_line_and_column(number):
    assert problems_of(f"name,gpu_count\na,1\nb,{number}\n") == [(3, "GPUs")]


@pytest.mark.parametrize("cell", [1.5, True, "=1+1", "#REF!"])
def test_a_cell_of_excel_that_is_no_whole_number_is_named(cell):
    assert problems_of(xlsx(["name", "gpu_count"], ["a", cell])) == [(2, "GPUs")]


def test_every_problem_is_told_not_the_first():
    text = HEAD + ",1,1,,open,\na,x,y,,asleep,\na,1,1,,,\nb,1,1,,open,here,and more\n"
    assert problems_of(text) == [
        (2, "name"), (3, "GPUs"), (3, "memory (GB)"), (3, "state"), (4, "state"), (4, "name"), (5, ""),
    ]  # fmt: skip


def test_names_that_differ_in_case_are_one_name_twice():
    assert problems_of("name\nDGX\ndgx\n") == [(3, "name")]


@pytest.mark.parametrize("head", ["gpu_count", "name,name", "name,colour", "name,,gpu_count"])
def test_a_head_that_is_not_understood_stops_the_file(head):
    rows, problems = read_machines(read_sheet(f"{head}\nx,1,2\n".encode()))
    assert rows == []
    assert problems
    assert problems[0].line == 1


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"", "no machine"),
        (b"name\n\n\n", "no machine"),
        (b"name\n" + b"x\n" * (reading.MAX_ROWS + 1), "lines"),
        (b"a\n" * reading.MAX_LINES, "lines"),
        (b"x" * (reading.MAX_BYTES + 1), "larger"),
        (b"na\0me\nx\n", "not a text"),
        (b'name\n"x\ny', "quotation"),
        (b"\xd0\xcf\x11\xe0 old", ".xls"),
        (b"PK\x03\x04 broken", "not a spreadsheet"),
        ((",".join(map(str, range(60))) + "\n1\n").encode(), "columns"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(content, word):
    with pytest.raises(Malformed, match=word):
        read_sheet(content)


def test_a_zip_that_unpacks_to_too_much_is_not_opened():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as parts:
        parts.writestr("xl/workbook.xml", b" " * (reading.MAX_UNPACKED + 1))
    assert len(out.getvalue()) < reading.MAX_BYTES
    with pytest.raises(Malformed, match="unpacked"):
        read_sheet(out.getvalue())


def test_entities_in_an_excel_file_are_refused():
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(xlsx(["name"], ["x"]))) as good, zipfile.ZipFile(out, "w") as bad:
        for part in good.namelist():
            body = good.read(part)
            if part == "xl/workbook.xml":
                body = b'<!DOCTYPE x [<!ENTITY a "aaaa">]>' + body
            bad.writestr(part, body)
    with pytest.raises(Malformed, match="not a spreadsheet"):
        read_sheet(out.getvalue())


NASTY = ["=cmd|' /C calc'!A0", "+1", "-1", "@SUM(1)", "'=1", "''-x", "'quoted'", "été"]


@pytest.mark.parametrize("write", [writing.as_csv, writing.as_xlsx])
@pytest.mark.parametrize("language", ["en", "fr"])
def test_an_export_is_read_back_unchanged_and_holds_no_formula(write, language):
    from django.utils import translation

    made = [Machine(name=f"m{i}", location=text, gpu_count=i, memory_gb=1, tags=["a", "b"], notes=text)
            for i, text in enumerate(NASTY)]  # fmt: skip
    with translation.override(language):
        content = write(made)
    back = rows_of(content)
    assert [row["location"] for row in back] == NASTY
    assert [row["tags"] for row in back] == [["a", "b"]] * len(NASTY)
    for line in read_sheet(content).lines:
        for cell in line.cells:
            assert not isinstance(cell, reading.Formula)
            assert not str(cell).startswith(("=", "+", "-", "@"))
