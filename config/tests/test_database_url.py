"""DATABASE_URL: which URLs are accepted, and the Django setting that they give."""

import pytest

from config.database_url import parse_database_url

MYSQL = {"ENGINE": "django.db.backends.mysql", "NAME": "d", "USER": "a", "PASSWORD": "b", "HOST": "c", "PORT": ""}


@pytest.mark.parametrize(
    ("url", "changes"),
    [
        ("mysql://a:b@c/d", {}),
        ("mysql://a:b@c:3307/d", {"PORT": 3307}),
        ("mysql://a:x%40y%2Fz@c/d", {"PASSWORD": "x@y/z"}),
        ("mysql://a:p#w@c/d", {"PASSWORD": "p#w"}),
        ("mysql://a:b@c/d?unix_socket=/tmp/m.sock&port=7", {"OPTIONS": {"unix_socket": "/tmp/m.sock", "port": 7}}),
        ("mysql://a:b@c/d?conn_max_age=60", {"OPTIONS": {}, "CONN_MAX_AGE": 60}),
    ],
)
def test_a_mysql_url_gives_the_setting(url, changes):
    assert parse_database_url(url) == MYSQL | changes


@pytest.mark.parametrize(
    ("url", "name"),
    [("sqlite:///x.db", "x.db"), ("sqlite:////abs/a%20b.db", "/abs/a b.db"), ("sqlite://:memory:", ":memory:")],
)
def test_a_sqlite_url_gives_the_file(url, name):
    setting = parse_database_url(url)
    assert (setting["ENGINE"], setting["NAME"]) == ("kernel.database.sqlite", name)


@pytest.mark.parametrize("url", ["", "nonsense", "postgres://a:b@c/d", "mysql://a:b@c/", "mysql://a:b@c:bad/d"])
def test_another_url_is_refused(url):
    with pytest.raises(ValueError):
        parse_database_url(url)
