"""Prints what a week of the timeline costs: as a script for bench/support/earlier.py, with any version since 0.2.0.

`week_sizes.py 20 0` is the page of 20 machines; `week_sizes.py 300 100000` adds past bookings. The last line is
{"page": bytes, "gzip": bytes, "all": bytes of the page and all its later parts, "seconds": their CPU, "parts": count}.
"""

import gzip
import html
import json
import re
import sys
import time
from pathlib import Path

import django

sys.path.insert(1, str(Path(__file__).resolve().parent))
ROUNDS = 3
LATER = re.compile(r'id="part-\d+"[^>]*hx-get="([^"]+)"')


def main() -> None:
    machines, past = map(int, sys.argv[1:])
    django.setup()
    import week_rows  # the module beside this script: the earlier version has none
    from django.test import Client

    viewer, address = week_rows.fill(machines, past)
    client = Client(headers={"host": "127.0.0.1"})
    client.force_login(viewer, backend="django.contrib.auth.backends.ModelBackend")

    def fetch() -> list[bytes]:
        answer = client.get(address)
        assert answer.status_code == 200, answer
        contents = [answer.content]
        for later in LATER.findall(answer.content.decode()):
            contents.append(client.get(html.unescape(later), headers={"HX-Request": "true"}).content)
        return contents

    contents = fetch()
    drawn = sum(content.count(b"at-plot") for content in contents)
    assert drawn == machines, f"{drawn} of {machines} machines are drawn"
    seconds = []
    for _ in range(ROUNDS):
        began = time.process_time()
        fetch()
        seconds.append(time.process_time() - began)
    page = contents[0]
    sizes = {"page": len(page), "gzip": len(gzip.compress(page, 6)), "all": sum(map(len, contents))}
    print(json.dumps(sizes | {"seconds": min(seconds), "parts": len(contents) - 1}))


if __name__ == "__main__":
    main()
