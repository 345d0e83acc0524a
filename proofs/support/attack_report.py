"""The results of an attack's attempts: a printed line for each, and the counts at the end.

An attempt is *refused* when the answer is a refusal. It is *contained* when the answer is no refusal, but the attack
has no effect. It is a *fault* when the attack has its effect, when the server failed, or when it did not answer.
"""

from collections import Counter

from proofs.support.raw_http import Answer, Caller

REFUSALS = frozenset({400, 401, 403, 404, 405, 406, 408, 409, 410, 411, 413, 414, 415, 417, 421, 422, 426, 429, 431})
ALSO_REFUSALS = frozenset({501, 503, 505})  # not this method or message, not now, not this version of HTTP
SILENCE = "no answer"


class Report:
    """The attempts of one run. `kind` is set before each kind begins."""

    def __init__(self) -> None:
        self.kind = ""
        self.counts: Counter[str] = Counter()
        self.variants: dict[str, set[str]] = {}
        self.faults: list[str] = []

    def attempt(
        self,
        variant: str,
        caller: Caller | str,
        request: str,
        answer: Answer | str,
        *,
        effect: str,
        closing_is_refusal: bool = False,
    ) -> None:
        """Judge one attempt and print its line.

        effect: what the attacker reached, in words, as rows or another caller's page show it; "" for nothing.
        closing_is_refusal: the server may close the connection without an answer (to bytes that are not HTTP).
        """
        name = caller.name if isinstance(caller, Caller) else caller
        status = answer.status if isinstance(answer, Answer) else -1
        became = "contained"
        is_closed = status == 0 and closing_is_refusal
        if is_closed or status in REFUSALS | ALSO_REFUSALS or self._leads_to_sign_in(answer):
            became = "refused"
        elif status == 0 or status >= 500:
            became = "FAULT"
        if effect:
            became = "FAULT"
        said = f"{status or SILENCE}" if isinstance(answer, Answer) else answer
        end = f"{became}: {effect}" if effect else became
        line = " | ".join((self.kind, variant, name, _printable(request), said, end))
        print(line, flush=True)
        self.counts[became.split(":")[0]] += 1
        self.variants.setdefault(self.kind, set()).add(variant)
        if became == "FAULT":
            self.faults.append(line)

    @staticmethod
    def _leads_to_sign_in(answer: Answer | str) -> bool:
        if isinstance(answer, str):
            return False
        return answer.status in (302, 303) and answer.header("Location").startswith("/sign-in/")

    @property
    def total(self) -> int:
        return sum(self.counts.values())


def _printable(request: str) -> str:
    """Return the request as one line of at most 110 characters, without control characters."""
    clean = "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in request)
    return clean if len(clean) <= 110 else f"{clean[:100]}… ({len(request)} characters)"
