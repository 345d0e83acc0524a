"""Invalid bearer tokens: forged, changed, of another kind, too old, or of a closed account."""

import base64
import hashlib
import hmac
import json
from datetime import timedelta
from typing import Any

from proofs.support.attack_report import Report
from proofs.support.attacked_school import PASSWORD, STRANGERS_ADDRESS, School
from proofs.support.raw_http import Answer, Caller

PLACES = ("/api/v1/farm/projects/", "/Reservation", "/api/v1/gitsync/requests/")


def attack(school: School, report: Report) -> None:
    good = school.here.bearer("alice")
    control = Caller("alice", school.port, bearer=good).send("GET", PLACES[0])
    if control.status != 200:
        raise SystemExit(f"a good token is refused ({control.status}): nothing could be seen here")
    for variant, token in _forged(school, good).items():
        for place in PLACES:
            _judge(report, variant, place, Caller("stranger", school.port, bearer=token).send("GET", place))
    _pairs(school, report)
    _ended(school, report)


def _forged(school: School, good: str) -> dict[str, str]:
    head, claims, signature = good.split(".")
    mine = json.loads(_decoded(claims))
    root = mine | {"user_id": str(school.people["root"].pk)}

    def signed(key: bytes, claims: dict[str, Any], head: str = head, digest: str = "sha256") -> str:
        start = f"{head}.{_encoded(json.dumps(claims).encode())}"
        return f"{start}.{_encoded(hmac.new(key, start.encode(), digest).digest())}"

    def unsigned(algorithm: str) -> str:
        kind = _encoded(json.dumps({"alg": algorithm, "typ": "JWT"}).encode())
        return f"{kind}.{_encoded(json.dumps(root).encode())}."

    return {
        "algorithm none": unsigned("none"),
        "algorithm None": unsigned("nOnE"),
        "an empty key": signed(b"", root),
        "a key that people choose": signed(b"secret", root),
        "the key's hash as the key": signed(hashlib.sha256(b"secret").hexdigest().encode(), root),
        "a key named in the head": signed(
            b"k", root, _encoded(json.dumps({"alg": "HS256", "typ": "JWT", "jwk": {"kty": "oct", "k": "aw"}}).encode())
        ),
        "a key file named in the head": signed(
            b"", root, _encoded(json.dumps({"alg": "HS256", "typ": "JWT", "kid": "../../../dev/null"}).encode())
        ),
        "another person, old signature": f"{head}.{_encoded(json.dumps(root).encode())}.{signature}",
        "no signature": f"{head}.{claims}.",
        "two parts": f"{head}.{claims}",
        "only dots": "..",
        "letters outside ASCII": f"{head}.{claims}.é{signature}",
        "100 kB": "a" * 30_000 + "." + "b" * 30_000 + "." + "c" * 30_000,
        "a token as a list": _encoded(b"[]") + "." + _encoded(b"[]") + ".",
        "beside a cookie of nobody": signed(b"x", root) + "; sessionid=1",
    }


def _pairs(school: School, report: Report) -> None:
    """Tokens of a real pair, used in place of each other."""
    school.newcomer("pair", kind="student", language="en")
    stranger = school.stranger()
    pair = stranger.send("POST", "/api/v1/token/", json={"username": "pair", "password": PASSWORD}).json
    _judge(report, "a refresh as an access token", PLACES[0], _with(school, pair["refresh"]).send("GET", PLACES[0]))
    answer = stranger.send("POST", "/api/v1/token/refresh/", json={"refresh": pair["access"]})
    _judge(report, "an access as a refresh token", "POST …/refresh/", answer)
    other = stranger.send("POST", "/api/v1/token/refresh/", json={"refresh": pair["refresh"]}).json
    answer = stranger.send("POST", "/api/v1/token/refresh/", json={"refresh": pair["refresh"]})
    _judge(report, "a refresh token used twice", "POST …/refresh/", answer)
    for variant, value in (("a number", 7), ("a list", [other["refresh"]]), ("nothing", None), ("1 MB", "a" * 10**6)):
        answer = stranger.send("POST", "/api/v1/token/refresh/", json={"refresh": value})
        _judge(report, f"{variant} as a refresh token", "POST …/refresh/", answer)
    answer = stranger.send("POST", "/api/v1/token/", json={"username": "robot", "password": PASSWORD})
    _judge(report, "a program's password", "POST /api/v1/token/", answer)
    answer = stranger.send("POST", "/api/v1/token/", json={"username": {"$ne": ""}, "password": {"$ne": ""}})
    _judge(report, "conditions as names", "POST /api/v1/token/", answer)


def _ended(school: School, report: Report) -> None:
    """Tokens whose time or owner has ended. They are signed with the right key."""
    from accounts.models import User
    from accounts.tokens import issue, issue_bearer

    leaver = school.newcomer("leaver", kind="student", language="en")
    late = str(issue_bearer(leaver, timedelta(seconds=-1)))
    _judge(report, "expired a second ago", PLACES[0], _with(school, late).send("GET", PLACES[0]))
    without = issue_bearer(leaver, timedelta(days=1))
    del without["session"]
    _judge(report, "without the session's claim", PLACES[0], _with(school, str(without)).send("GET", PLACES[0]))
    bearer, refresh = str(issue_bearer(leaver, timedelta(days=1))), str(issue(leaver))
    User.objects.filter(pk=leaver.pk).update(is_active=False)
    for place in PLACES:
        _judge(report, "of a deactivated person", place, _with(school, bearer).send("GET", place))
    answer = school.stranger().send("POST", "/api/v1/token/refresh/", json={"refresh": refresh})
    _judge(report, "a refresh of a deactivated person", "POST …/refresh/", answer)
    answer = school.stranger().send("POST", "/api/v1/token/verify/", json={"token": bearer})
    _judge(report, "asked about, of a deactivated person", "POST …/verify/", answer)
    nobody = issue_bearer(leaver, timedelta(days=1))
    nobody["user_id"] = "999999999999"
    _judge(report, "of an account that never was", PLACES[0], _with(school, str(nobody)).send("GET", PLACES[0]))


def _with(school: School, token: str) -> Caller:
    return Caller("stranger", school.port, bearer=token, address=STRANGERS_ADDRESS)


def _judge(report: Report, variant: str, place: str, answer: Answer) -> None:
    effect = "the token was believed" if answer.status < 400 and answer.status else ""
    report.attempt(variant, "whoever holds it", place, answer, effect=effect, closing_is_refusal="100 kB" in variant)


def _encoded(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def _decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
