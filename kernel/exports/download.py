"""Answers that are files, sent in parts. The file of a table is complete before its first byte is sent."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from typing import BinaryIO, cast

from django.http import FileResponse, StreamingHttpResponse
from django.utils import timezone
from django.utils.text import slugify

from kernel.exports import csv_file, xlsx_file
from kernel.exports.table import Table

WRITERS: dict[str, tuple[Callable[[Table, BinaryIO], int], str]] = {
    "csv": (csv_file.write_csv, csv_file.CONTENT_TYPE),
    "xlsx": (xlsx_file.write_xlsx, xlsx_file.CONTENT_TYPE),
}
LONGEST_OWNER = 60  # characters of `Table.of` in the name of a file


class InParts(StreamingHttpResponse):
    """An answer that is sent in parts on both kinds of server. Under ASGI, Django would first read all of it."""

    async def __aiter__(self) -> AsyncIterator[bytes]:
        parts = iter(cast("Iterator[bytes]", self.streaming_content))
        while (part := await asyncio.to_thread(next, parts, None)) is not None:
            yield part


class FileDownload(InParts, FileResponse):
    """A file that is sent in parts."""

    block_size = 65_536


class FormatConverter:
    """The ending of an address that is a file: `csv` or `xlsx`."""

    regex = "|".join(WRITERS)

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


def write_download(table: Table, file_format: str) -> tuple[FileDownload, int]:
    """Write the table into a temporary file. Return the answer that sends it, and the number of rows.

    Raises Malformed as `write_xlsx` does. The file is deleted when the answer is closed.
    """
    write, content_type = WRITERS[file_format]
    file = cast(BinaryIO, tempfile.TemporaryFile())  # noqa: SIM115 - the answer closes it
    try:
        count = write(table, file)
        file.seek(0)
    except BaseException:
        file.close()
        raise
    words = slugify(f"{table.of[:LONGEST_OWNER]} {table.name}", allow_unicode=True)
    name = f"{words}-{timezone.localdate()}.{file_format}"
    return FileDownload(file, as_attachment=True, filename=name, content_type=content_type), count
