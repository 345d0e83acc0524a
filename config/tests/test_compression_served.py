"""A real server compresses pages, has compressed static files for browsers to keep, and leaves the event stream."""

import gzip
import re
import urllib.error
import urllib.request

import pytest

from live import tickets

pytestmark = [pytest.mark.processes, pytest.mark.database, pytest.mark.django_db(transaction=True)]


def get(url, encoding="gzip"):
    return urllib.request.urlopen(urllib.request.Request(url, headers={"Accept-Encoding": encoding}), timeout=30)


def static_file(site):
    page = gzip.decompress(get(f"{site.url}/sign-in/").read()).decode()
    return site.url + re.search(r'"(/static/css/[^"]+\.css)"', page)[1]


def test_a_page_is_compressed(site):
    page = get(f"{site.url}/sign-in/")
    assert page.headers["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in page.headers["Vary"]
    assert b"</html>" in gzip.decompress(page.read())


def test_the_schema_of_the_api_is_compressed(site):
    assert get(f"{site.url}/api/v1/schema").headers["Content-Encoding"] == "gzip"


@pytest.mark.parametrize("encoding", ["gzip", "br"])
def test_a_static_file_is_cached_for_ever_under_its_hashed_name(site, encoding):
    file = get(static_file(site), encoding)
    assert re.search(r"\.[0-9a-f]{12}\.css$", file.url)
    assert file.headers["Content-Encoding"] == encoding
    assert file.headers["Vary"] == "Accept-Encoding"
    assert file.headers["Cache-Control"] == "max-age=315360000, public, immutable"


def test_the_stylesheets_of_all_pages_come_in_one_file(site):
    file = get(static_file(site))
    rules = gzip.decompress(file.read()).decode()
    assert "/css/site." in file.url
    assert "@import" not in rules
    assert rules.index("--radius:") < rules.index(".at-plot {") < rules.index("@media print")


def test_the_event_stream_is_not_compressed(site, alice):
    stream = get(f"{site.url}/events/?ticket={tickets.issue(alice.pk, ['farm'])}")
    assert stream.headers["Content-Type"].startswith("text/event-stream")
    assert "Content-Encoding" not in stream.headers
    stream.close()
