"""Files of machines: their columns and lines, and exports that are read back."""

from datetime import date, datetime, time

import pytest

from farm.models import Machine
from farm.sheets.columns import MachineSheet, read_machines
from farm.sheets.machine_table import machines_table
from farm.sheets.reading import read_sheet
from kernel.exports.csv_file import write_csv
from kernel.exports.xlsx_file import write_xlsx
from kernel.tables.reading import Formula
from kernel.testing.workbooks import file_of, xlsx

HEAD = "name,gpu_count,memory_gb,tags,state,location\n"


def machine_sheet_of(content: bytes | str) -> MachineSheet:
    return read_machines(read_sheet(content.encode() if isinstance(content, str) else content))


def rows_of(content: bytes | str) -> list[dict]:
    sheet = machine_sheet_of(content)
    assert sheet.problems == []
    return [row.values for row in sheet.rows]


def problems_of(content: bytes | str) -> list[tuple[int, str]]:
    return [tuple(problem[:2]) for problem in machine_sheet_of(content).problems]


EXPECTED = [{"name": "été-1", "gpu_count": 8, "memory_gb": 512, "location": "Salle é"}]


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "latin-1", "cp1252", "utf-16"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_csv_is_read_in_each_separator_encoding_and_newline(separator, codec, newline):
    lines = [["name", "gpu_count", "memory_gb", "location"], ["été-1", "8", "512", "Salle é"]]
    text = newline.join(separator.join(line) for line in lines) + newline
    assert rows_of(text.encode(codec)) == EXPECTED


def test_an_excel_file_with_number_cells_is_read():
    content = xlsx(["Name", "GPUs", "memory (GB)", "location"], ["été-1", 8, 512.0, "Salle é"], [None, None])
    assert rows_of(content) == EXPECTED


def test_columns_may_have_their_french_titles(settings):
    from django.utils import translation

    with translation.override("fr"):
        names = [str(Machine._meta.get_field(name).verbose_name) for name in ("name", "gpu_count", "memory_gb")]
        assert rows_of(";".join(names) + "\nx;1;2\n") == [{"name": "x", "gpu_count": 1, "memory_gb": 2}]


def test_a_first_line_with_the_separator_is_used_and_counted():
    assert problems_of("sep=;\r\nname;gpu_count\r\nx,y;one\r\n") == [(3, "GPUs")]


def test_tags_and_state_titles_are_read():
    read_rows = rows_of(HEAD + 'a,1,0,"nvlink, 80 GB, nvlink",Draining,\n')
    assert read_rows[0]["tags"] == ["nvlink", "80 GB"]
    assert read_rows[0]["state"] == "draining"


@pytest.mark.parametrize("number", ["-1", "1.5", "many", "1e3", "٣", "9999999999", "0x10"])
def test_an_invalid_number_is_reported_with_line_and_column(number):
    assert problems_of(f"name,gpu_count\na,1\nb,{number}\n") == [(3, "GPUs")]


@pytest.mark.parametrize("cell", [1.5, True, "=1+1", "#REF!"])
def test_an_excel_cell_that_is_no_whole_number_is_reported(cell):
    assert problems_of(xlsx(["name", "gpu_count"], ["a", cell])) == [(2, "GPUs")]


def test_all_problems_are_reported_not_only_the_first():
    text = HEAD + ",1,1,,open,\na,x,y,,asleep,\na,1,1,,,\nb,1,1,,open,here,and more\n"
    assert problems_of(text) == [(2, "name"), (3, "GPUs"), (3, "memory (GB)"), (3, "state"), (4, "name")]


def test_names_that_differ_only_in_case_are_duplicates():
    assert problems_of("name\nDGX\ndgx\n") == [(3, "name")]


@pytest.mark.parametrize("head", ["gpu_count", "name,name", "name,gpu_count,GPUs"])
def test_an_invalid_head_refuses_the_whole_file(head):
    rows, problems, _not_imported = machine_sheet_of(f"{head}\nx,1,2\n")
    assert rows == []
    assert problems
    assert problems[0].line == 1


NASTY = [
    "=cmd|' /C calc'!A0", "+1", "-1", "@SUM(1)", "'=1", "''-x", "'quoted'", "été",
    "\uff1dcmd|' /C calc'!A0", "\uff0b1", "\uff0d1", "\uff20SUM(1)", "'\uff1d1",
]  # fmt: skip


@pytest.mark.parametrize("write", [write_csv, write_xlsx])
@pytest.mark.parametrize("language", ["en", "fr"])
def test_an_export_is_read_back_unchanged_and_contains_no_formula(write, language):
    from django.utils import translation

    exported = [Machine(name=f"m{i}", location=text, gpu_count=i, memory_gb=1, tags=["a", "b"], notes=text)
            for i, text in enumerate(NASTY)]  # fmt: skip
    with translation.override(language):
        content = file_of(machines_table(exported), write)
    back = rows_of(content)
    assert [row["location"] for row in back] == NASTY
    assert [row["tags"] for row in back] == [["a", "b"]] * len(NASTY)
    for line in read_sheet(content).lines:
        for cell in line.cells:
            assert not isinstance(cell, Formula)
            assert not str(cell).startswith(("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20"))


def test_unknown_and_empty_columns_and_cells_beside_them_are_ignored_and_named():
    sheet = machine_sheet_of("name,colour,,gpu_count\na,red,,1\nb,,x,2,more\nc,,,3\n")
    assert [row.values for row in sheet.rows] == [
        {"name": name, "gpu_count": index + 1} for index, name in enumerate("abc")
    ]
    assert sheet.not_imported == [
        "These columns are not imported: “colour”, C.",
        "Line 3 has cells beside the columns. They are not imported.",
    ]
    assert machine_sheet_of("name,,\na,,\n").not_imported == []  # nothing was there


def test_the_names_of_the_columns_may_stand_below_a_title():
    sheet = machine_sheet_of("Our machines,,\n,,\nname,GPUs,memory_gb\na,1,2\n")
    assert [row.values for row in sheet.rows] == [{"name": "a", "gpu_count": 1, "memory_gb": 2}]
    assert sheet.not_imported == ["Line 3 has the names of the columns. The lines above it are not imported."]


def test_an_empty_number_or_state_counts_as_absent():
    assert rows_of("name,gpu_count,state,location\na,,,\n") == [{"name": "a", "location": ""}]


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        (datetime(2030, 1, 7, 9), "date or a time"), (date(2030, 1, 7), "date or a time"), (time(9), "date or a time"),
        (True, "yes or no"), ("=A1", "formula"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("column", ["name", "location", "tags", "notes"])
def test_a_date_or_a_yes_in_a_column_of_texts_is_a_problem_of_its_line_alone(cell, words, column):
    head = ["name", "gpu_count", *([] if column == "name" else [column])]
    lines = [["a", 1, "B12"], [cell, 2] if column == "name" else ["b", 2, cell]]
    sheet = machine_sheet_of(xlsx(head, *[line[: len(head)] for line in lines]))
    assert [(problem.line, words in problem.sentence) for problem in sheet.problems] == [(3, True)]
    assert [row.values["name"] for row in sheet.rows] == ["a"]
