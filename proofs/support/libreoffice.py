"""Opens spreadsheet files with LibreOffice, without a window, and reads the cells that it made of them."""

import shutil
from collections import Counter
from pathlib import Path
from typing import NamedTuple

from defusedxml.ElementTree import iterparse

from kernel.testing import child_processes

TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
SECONDS = 120
# The options of LibreOffice's CSV filter: separator, quotation mark, UTF-8, first line, no column formats, language of
# the system, no quoted numbers, detect dates, two options of exports, keep spaces, all sheets, and run formulas.
CSV_FILTER = "Text - txt - csv (StarCalc):{separator},34,76,1,,0,false,true,false,false,false,0,true"


class OpenedSheet(NamedTuple):
    """The first sheet of a file: how many rows, how many cells of each type, and the formulas."""

    rows: int
    types: Counter[str]
    formulas: list[str]


def is_there() -> bool:
    return shutil.which("soffice") is not None


def open_sheet(file: Path, folder: Path, *, separator: str = "") -> OpenedSheet:
    """Return the sheet that LibreOffice reads. `separator` is that of a CSV file, whose formulas it may run."""
    command = ["soffice", "--headless", "--norestore", f"-env:UserInstallation=file://{folder}/profile"]
    if separator:
        command.append(f"--infilter={CSV_FILTER.format(separator=ord(separator))}")
    command += ["--convert-to", "fods", "--outdir", str(folder), str(file)]
    ended = child_processes.run(command, capture_output=True, text=True, timeout=SECONDS)
    opened = folder / f"{file.stem}.fods"
    assert opened.exists(), ended.stdout + ended.stderr
    rows, types, formulas = 0, Counter[str](), []
    for _event, element in iterparse(str(opened)):
        if element.tag == f"{TABLE}table-cell":
            if kind := element.get(f"{OFFICE}value-type"):
                types[kind] += int(element.get(f"{TABLE}number-columns-repeated", "1"))
            if formula := element.get(f"{TABLE}formula"):
                formulas.append(formula)
        elif element.tag == f"{TABLE}table-row":
            if any(cell.get(f"{OFFICE}value-type") for cell in element):
                rows += int(element.get(f"{TABLE}number-rows-repeated", "1"))
            element.clear()
        elif element.tag == f"{TABLE}table":
            break
    opened.unlink()
    return OpenedSheet(rows, types, formulas)
