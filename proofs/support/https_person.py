"""A person behind the TLS terminator of a school, for the proofs: plain HTTP that says what the terminator would."""

import http.client

NAME = "atelier.school.example"


class Person:
    """Keeps cookies as a browser does, and insists that they are for https alone."""

    def __init__(self, port: int) -> None:
        self._port, self.cookies = port, dict[str, str]()

    def ask(self, path: str, data: bytes | None = None, **headers: str) -> tuple[http.client.HTTPResponse, str]:
        answer = self.open(path, data, **headers)
        return answer, answer.read().decode(errors="replace")

    def open(self, path: str, data: bytes | None = None, **headers: str) -> http.client.HTTPResponse:
        door = http.client.HTTPConnection("127.0.0.1", self._port, timeout=30)
        given = {"Host": NAME, "X-Forwarded-Proto": "https", "X-Forwarded-For": "198.51.100.7"}
        given["Cookie"] = "; ".join(f"{key}={value}" for key, value in self.cookies.items())
        given |= {key.replace("_", "-"): value for key, value in headers.items()}
        door.request("POST" if data is not None else "GET", path, data, given)
        answer = door.getresponse()
        for line in answer.headers.get_all("Set-Cookie") or []:
            key, _, value = line.partition(";")[0].partition("=")
            self.cookies[key] = value
            must("Secure" in line, f"the cookie {key} is not for https alone: {line}")
        return answer


def must(true: bool, sentence: str) -> None:
    if not true:
        raise SystemExit(f"FAILED {sentence}")
