"""A ZIP of all files of a commit, for the tests of ZIPs."""

from collections.abc import Iterator

from gitsync.reading.archives import Section, ZipStream, note_long_paths, text_of
from gitsync.reading.files import StoreReader


def zip_of_commit(reader: StoreReader, sha: str) -> Iterator[bytes]:
    """Yield the ZIP in pieces. Raises Unreadable before the first bytes."""
    archive, section = ZipStream(), Section()
    listing = reader.files(sha)
    note_long_paths(section, listing.left_out)
    yield from archive.add_files(reader, listing.files, section)
    yield from archive.finish(text_of(section))
