"""Names of calendar apps, from the headers that they send."""

import pytest

from calendars.client_names import client_name


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Thunderbird/128.5.0", "Thunderbird"),
        ("Google-Calendar-Importer", "Google Calendar"),
        ("macOS/14.5 (23F79) CalendarAgent/1014.4", "Apple Calendar"),
        ("iOS/17.5.1 (21F90) dataaccessd/1.0", "Apple Calendar"),
        ("Microsoft.Exchange/15.20", "Outlook"),
        ("ICSx5/2.2.2", "ICSx⁵"),
        ("curl/8.5.0", "curl"),
        ("Mozilla/5.0 (X11; Linux x86_64) Firefox/128.0", ""),
        ("", ""),
        ("<b>x", ""),
        ("\u0000\u202eabc", ""),
        ("Å" * 100, ""),
        ("A" * 100, "A" * 40),
    ],
)
def test_the_name_of_an_app(header, name):
    assert client_name(header) == name
