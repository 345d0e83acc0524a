"""The entries of the menu "Export" of a page (templates/_export_menu.html)."""

from dataclasses import dataclass

from django.urls import reverse


@dataclass(frozen=True)
class ExportLinks:
    """A table that can be exported: its title, and the addresses of its files."""

    title: str
    csv: str
    xlsx: str


def export_links(title: str, address_name: str, *args: object, query: str = "") -> ExportLinks:
    """Return the links of a table. The address takes `args` and the format; `query` holds the filters of the page."""
    csv, xlsx = (
        reverse(address_name, args=[*args, file_format]) + (f"?{query}" if query else "")
        for file_format in ("csv", "xlsx")
    )
    return ExportLinks(title, csv, xlsx)
