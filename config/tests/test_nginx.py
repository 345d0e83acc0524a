"""The configuration of nginx, run by a real nginx: its logs hold no ticket and no token of a hook address."""

import re
import shutil
import threading
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from django.conf import settings

from kernel.testing import child_processes
from kernel.testing.ports import free_port
from kernel.testing.processes import wait_until

NGINX = shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/sbin")
SECRET = "sEcReT-0123456789"
ADDRESSES = [
    f"/hooks/{SECRET}/",
    f"/hooks/{SECRET}?x=1",
    f"/%68ooks/{SECRET}/",
    f"/in/{SECRET}/",
    f"/first-account/{SECRET}/",
    f"/calendars/{SECRET}.ics",
    f"/mail/stop/{SECRET}/",
    f"/events/?ticket={SECRET}&last=3",
    f"/events/?last=3&ticket={SECRET}",
    f"/events/ticket?ticket={SECRET}",
]
pytestmark = [pytest.mark.processes, pytest.mark.skipif(NGINX is None, reason="nginx is not installed")]


class Upstream(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(204)
        self.end_headers()

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.do_GET()

    def log_message(self, *_):
        pass


@pytest.fixture
def upstream():
    server = HTTPServer(("127.0.0.1", 0), Upstream)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    yield server
    server.shutdown()


@pytest.fixture
def proxy(tmp_path, upstream):
    """A running nginx: `proxy(path)` sends a request through it, `proxy.log()` returns all that it logged."""
    port = free_port()
    values = {
        "LISTEN": f"127.0.0.1:{port}",
        "WEB": f"127.0.0.1:{upstream.server_address[1]}",
        "LIVE": f"127.0.0.1:{free_port()}",  # nobody listens there: nginx logs an error
        "FRONT_NETWORK": "127.0.0.2/32",
    }
    template = Path(settings.BASE_DIR, "deploy/nginx.conf.template").read_text()
    site = re.sub(r"\$\{(\w+)\}", lambda match: values[match[1]], template)
    paths = "".join(
        f"{kind}_temp_path {tmp_path}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    head = f"daemon off; user root; pid {tmp_path}/pid; error_log stderr notice; events {{}} http {{ {paths}\n"
    (tmp_path / "nginx.conf").write_text(f"{head}{site}\n}}\n")
    tmp_path.chmod(0o755)
    log = tmp_path / "log"
    with log.open("w") as out:
        command = [NGINX, "-p", str(tmp_path), "-c", str(tmp_path / "nginx.conf")]
        process = child_processes.start(command, stdout=out, stderr=out)

    def send(path, body=None, **headers):
        request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", body, headers)
        try:
            return urllib.request.urlopen(request, timeout=5).status
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            return 0

    send.log = log.read_text
    wait_until(lambda: send("/proxyz") == 204, 10)
    yield send
    process.terminate()
    process.wait(10)


def test_the_logs_hold_no_ticket_and_no_token(proxy):
    statuses = [proxy(path) for path in ADDRESSES]
    big = b"x" * 200_000  # nginx warns that it writes such a body to a file
    statuses.append(proxy(f"/hooks/{SECRET}/", big, Referer=f"https://atelier.example/events/ticket?ticket={SECRET}"))
    assert statuses == [204, 204, 204, 204, 204, 204, 204, 502, 502, 204, 204]
    assert proxy("/farm/?x=1") == 204
    wait_until(lambda: "/farm/?x=1" in proxy.log(), 10)  # nginx writes the line after its answer
    log = proxy.log()
    assert '"GET /hooks/... HTTP/1.1" 204' in log and '"GET /events/?... HTTP/1.1" 502' in log
    assert '"GET /farm/?x=1 HTTP/1.1" 204' in log
    assert SECRET not in log


def test_the_log_of_errors_holds_no_secret_while_atelier_is_down(proxy, upstream):
    upstream.shutdown()
    upstream.server_close()
    assert {proxy(path) for path in ADDRESSES} == {502}
    assert proxy("/farm/?x=1") == 502
    wait_until(lambda: "/farm/?x=1" in proxy.log(), 10)
    assert SECRET not in proxy.log()
