"""An HTTP client for the proofs that acts as the TLS terminator of a school.

It sends plain HTTP with the headers that a TLS terminator adds.
"""

import http.client

NAME = "atelier.school.example"


class HttpsClient:
    """Keeps cookies as a browser does. A cookie without `Secure` is a failure."""

    def __init__(self, port: int) -> None:
        self._port, self.cookies = port, dict[str, str]()

    def request(self, path: str, data: bytes | None = None, **headers: str) -> tuple[http.client.HTTPResponse, str]:
        """Send a GET, or a POST with `data`, and return the response and its text.

        `X_Name="…"` is sent as the header X-Name.
        """
        answer = self.open(path, data, **headers)
        return answer, answer.read().decode(errors="replace")

    def open(self, path: str, data: bytes | None = None, **headers: str) -> http.client.HTTPResponse:
        """Do the same as `request`, but leave the body to be read by the caller."""
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=30)
        all_headers = {"Host": NAME, "X-Forwarded-Proto": "https", "X-Forwarded-For": "198.51.100.7"}
        all_headers["Cookie"] = "; ".join(f"{key}={value}" for key, value in self.cookies.items())
        all_headers |= {key.replace("_", "-"): value for key, value in headers.items()}
        connection.request("POST" if data is not None else "GET", path, data, all_headers)
        answer = connection.getresponse()
        for line in answer.headers.get_all("Set-Cookie") or []:
            key, _, value = line.partition(";")[0].partition("=")
            self.cookies[key] = value
            must("Secure" in line, f"the cookie {key} is not limited to https: {line}")
        return answer


def must(condition: bool, sentence: str) -> None:
    """End the proof with this sentence when the condition does not hold."""
    if not condition:
        raise SystemExit(f"FAILED {sentence}")
