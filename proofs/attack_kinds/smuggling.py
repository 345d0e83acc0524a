"""Bytes that two servers in a chain would split into requests at different places."""

from proofs.support.attack_report import Report
from proofs.support.attacked_school import School
from proofs.support.raw_http import NO_ANSWER, QUIET, Caller, answers, exchange

HIDDEN = b"GET /livez HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"  # the request inside the body of another


def attack(school: School, report: Report) -> None:
    for front, port in school.fronts.items():
        control = answers(exchange(port, HIDDEN.replace(b"127.0.0.1", b"127.0.0.1:%d" % port) * 2, quiet=QUIET))
        if [answer.status for answer in control] != [200, 200]:
            raise SystemExit(f"{front} does not answer two requests on one connection: nothing could be seen here")
        for variant, raw in _requests(port).items():
            received = answers(exchange(port, raw, quiet=QUIET))
            answer = received[0] if received else NO_ANSWER
            effect = "the request inside was answered too" if len(received) > 1 else ""
            shown = raw.partition(HIDDEN)[0].decode("latin-1").partition(f":{port}")[2].replace("\r\n", " ⏎ ")
            report.attempt(
                f"{variant} ({front})", "stranger", f"POST /_git_hook{shown}", answer,
                effect=effect, closing_is_refusal=True,
            )  # fmt: skip
        _split_answers(school, report, front, port)


def _requests(port: int) -> dict[str, bytes]:
    def post(*headers: bytes, body: bytes = b"", newline: bytes = b"\r\n") -> bytes:
        lines = [b"POST /_git_hook HTTP/1.1", b"Host: 127.0.0.1:%d" % port, *headers]
        return newline.join([*lines, b"", b""]) + body

    chunked, length = b"Transfer-Encoding: chunked", b"Content-Length: %d"
    ended = b"0\r\n\r\n" + HIDDEN
    return {
        "length and chunks": post(length % len(ended), chunked, body=ended),
        "length too short, and chunks": post(b"Content-Length: 4", chunked, body=b"2\r\n{}\r\n" + ended),
        "two lengths": post(b"Content-Length: 2", length % (2 + len(HIDDEN)), body=b"{}" + HIDDEN),
        "two lengths in a line": post(b"Content-Length: 2, %d" % (2 + len(HIDDEN)), body=b"{}" + HIDDEN),
        "a length with a sign": post(b"Content-Length: +2", body=b"{}" + HIDDEN),
        "a negative length": post(b"Content-Length: -1", body=b"{}" + HIDDEN),
        "a length of 20 digits": post(b"Content-Length: 18446744073709551618", body=b"{}" + HIDDEN),
        "chunks before a space": post(b"Transfer-Encoding : chunked", b"Content-Length: 2", body=b"{}" + ended),
        "chunks of another kind": post(b"Transfer-Encoding: xchunked", b"Content-Length: 2", body=b"{}"),
        "chunks twice": post(b"Transfer-Encoding: chunked", b"Transfer-Encoding: identity", body=ended),
        "a chunk of no size": post(chunked, body=b"zz\r\n{}\r\n" + ended),
        "a chunk of 17 digits": post(chunked, body=b"10000000000000002\r\n{}\r\n" + ended),
        "a chunk with a sign": post(chunked, body=b"+2\r\n{}\r\n" + ended),
        "a chunk without its end": post(chunked, body=b"2\r\n{}" + ended),
        "bare line feeds": post(b"Content-Length: 2", b"X: y", body=b"{}", newline=b"\n"),
        "a bare carriage return": post(b"X: a\rTransfer-Encoding: chunked", b"Content-Length: 2", body=b"{}" + ended),
        "a header without a name": post(b": x", b"Content-Length: 2", body=b"{}"),
        "NUL in a header": post(b"X: a\0b", b"Content-Length: 2", body=b"{}"),
        "a folded header": post(b"Transfer-Encoding:\r\n chunked", b"Content-Length: 2", body=b"{}" + ended),
    }


def _split_answers(school: School, report: Report, front: str, port: int) -> None:
    """A line break in a value must not start another header of the answer."""
    alice = school.browser("alice").at(port)
    mark = "/%0d%0aSet-Cookie:%20evil=1"
    sent = {
        "in a next": ("POST", "/account/theme/", {"theme": "dark", "next": "/\r\nSet-Cookie: evil=1"}),
        "in a sign-in's next": ("GET", f"/admin/login/?next={mark}", None),
        "in a path": ("GET", f"/courses{mark}", None),
        "in a language": ("POST", "/account/language/", {"language": "en\r\nSet-Cookie: evil=1"}),
        "in a download's name": ("GET", f"/admin/farm/machine/export.csv{mark}", None),
    }
    for variant, (method, target, form) in sent.items():
        caller = Caller(alice.name, port)
        caller.cookies = dict(alice.cookies)
        answer = caller.send(method, target, form=form)
        split = any(name.lower() == "set-cookie" and value.startswith("evil") for name, value in answer.headers)
        report.attempt(
            f"a line break {variant} ({front})", caller, f"{method} {target} {form or ''}", answer,
            effect="the value became a header" if split else "",
        )  # fmt: skip
