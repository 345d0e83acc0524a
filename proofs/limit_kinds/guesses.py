"""25 guesses at once for one user name, the right password among the later ones.

At most five are judged: their hashes are counted below the server (proofs/support/counted_hashes). Every other guess is
sent to the API for tokens, the others to the sign-in form. From the same address another person signs in meanwhile. At
the end the right password is still refused at this address, and works at another one.
"""

import collections
import time
from typing import NamedTuple

from bench.support.http_calls import percentile
from proofs.support.raw_http import Caller
from proofs.support.served_school import Outcome, ServedSchool

GUESSES, JUDGED = 25, 5
LATE = 0.3  # seconds after the other guesses
FORM, TOKEN = "/sign-in/", "/api/v1/token/"
REFUSALS = {429, 503}  # too many guesses; too many sign-ins at once, which count as no guess
ACCEPTED, WRONG, REFUSED = "accepted", "wrong", "refused"
MEANINGS = {(FORM, 302): ACCEPTED, (FORM, 200): WRONG, (TOKEN, 200): ACCEPTED, (TOKEN, 401): WRONG}
OTHER_PASSWORD = "a-proof-of-the-farm"  # of `Atelier.person`


class Round(NamedTuple):
    """The result of one round: the passwords that were judged, and seconds until the other person was signed in."""

    judged: list[str]
    refused: int
    seconds: float
    faults: list[str]


def storm(school: ServedSchool, rounds: int) -> Outcome:
    school.atelier.person("bystander")
    all_rounds = [_round(school, number) for number in range(rounds)]
    counts = collections.Counter(len(one.judged) for one in all_rounds)
    refused = [one.refused for one in all_rounds]
    seconds = [one.seconds for one in all_rounds]
    judged = ", ".join(f"{count} judged in {total} rounds" for count, total in sorted(counts.items()))
    figures = (
        f"{rounds} rounds of {GUESSES} guesses at once: {judged}; {min(refused)} to {max(refused)} refused; "
        f"another person signed in beside them after p50 {percentile(seconds, 0.5):.2f} s, max {max(seconds):.2f} s"
    )
    return Outcome(figures, [fault for one in all_rounds for fault in one.faults])


def _round(school: ServedSchool, number: int) -> Round:
    from accounts.models import User
    from kernel.testing.threads import run_at_once

    name, address, right = f"victim-{number}", f"127.0.1.{number + 1}", f"right-password-{number}"
    User.objects.create_user(name, password=right)
    passwords = [*(f"wrong-{number}-{guess}" for guess in range(GUESSES - 1)), right]
    seconds = [0.0]

    def send(guess: int) -> str:
        if guess < GUESSES - 1:
            return _sign_in(school, guess, name, passwords[guess], address)
        time.sleep(LATE)
        if guess < GUESSES:
            return _sign_in(school, number, name, right, address)
        began = time.monotonic()
        meaning = _sign_in(school, number, "bystander", OTHER_PASSWORD, address)
        seconds[0] = time.monotonic() - began
        return meaning

    before = len(school.hashed_passwords())
    *meanings, of_right, of_other = run_at_once(send, GUESSES + 1)
    judged = [password for password in school.hashed_passwords()[before:] if password in passwords]
    afterwards = [_sign_in(school, number, name, right, place) for place in (address, f"127.0.2.{number + 1}")]
    again = school.hashed_passwords()[before:].count(right) - judged.count(right)
    faults = {
        f"{len(judged)} guesses were judged": len(judged) > JUDGED,
        f"the right password, sent late, was {of_right}": of_right != REFUSED,
        f"answers of the guesses: {collections.Counter(meanings)}": not set(meanings) <= {WRONG, REFUSED},
        f"another person's right password was {of_other}": of_other != ACCEPTED,
        f"afterwards the right password was {afterwards[0]} at this address": afterwards[0] != REFUSED,
        f"afterwards the right password was {afterwards[1]} at another address": afterwards[1] != ACCEPTED,
        f"afterwards the right password was judged {again} times": again != 1,
    }
    refused = [*meanings, of_right].count(REFUSED)
    return Round(judged, refused, seconds[0], [f"round {number + 1}: {one}" for one, holds in faults.items() if holds])


def _sign_in(school: ServedSchool, way: int, name: str, password: str, address: str) -> str:
    """Send one guess, to the form for an even `way`, to the API for an odd one. Returns what was answered, in a word.

    The browser has never been at the site: it brings a CSRF token of its own making, as a program that guesses does.
    """
    caller, path = Caller(name, school.port, address=address), TOKEN if way % 2 else FORM
    fields = {"username": name, "password": password}
    if path == FORM:
        caller.cookies["csrftoken"] = "c" * 32
        status = caller.send("POST", path, form=fields).status
    else:
        status = caller.send("POST", path, json=fields).status
    return REFUSED if status in REFUSALS else MEANINGS.get((path, status), f"answered with {status}")
