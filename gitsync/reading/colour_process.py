"""The program that finds the comments, strings, keywords and numbers of a source text, for gitsync/reading/colours.py.

It imports nothing of ours. A line of its input is a JSON object {"lexer", "text"}. Its answer is a line with a JSON
list: for each line of the text its parts, in turn a class and a text.

A text is written by a student, and a regular expression may need minutes for it. So the system kills this program
when one text takes too long. It also ends when its input ends, which is when the server ends that started it.
"""

import json
import resource
import signal
import sys

from pygments.lexers import get_lexer_by_name
from pygments.token import Comment, Keyword, Literal, Name, Number, String, _TokenType

CPU_SECONDS, WALL_SECONDS = 1.0, 5.0  # for one text
MEMORY_BYTES = 400_000_000
# The first one that contains a token gives its class.
CLASSES = [
    (Comment.Preproc, "k"),
    (Comment.PreprocFile, "s"),
    (Comment, "c"),
    (Keyword, "k"),
    (Name.Tag, "k"),
    (Name.Builtin.Pseudo, "k"),
    (String.Doc, "c"),
    (String, "s"),
    (Number, "n"),
    (Literal, "s"),
]


def main() -> None:
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY_BYTES, MEMORY_BYTES))
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    for request in sys.stdin.buffer:
        signal.setitimer(signal.ITIMER_PROF, CPU_SECONDS)
        signal.setitimer(signal.ITIMER_REAL, WALL_SECONDS)
        answer = json.dumps(coloured_lines(**json.loads(request))).encode()
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.setitimer(signal.ITIMER_REAL, 0)
        sys.stdout.buffer.write(answer + b"\n")
        sys.stdout.buffer.flush()


def coloured_lines(lexer: str, text: str) -> list[list[str]]:
    """Return the parts of each line: class, text, class, text, … The class of ordinary text is ""."""
    classes: dict[_TokenType, str] = {}
    lines: list[list[str]] = [[]]
    for _at, token, value in get_lexer_by_name(lexer).get_tokens_unprocessed(text):
        css = classes.get(token)
        if css is None:
            css = classes[token] = next((name for kind, name in CLASSES if token in kind), "")
        for number, piece in enumerate(value.split("\n")):
            if number:
                lines.append([])
            if piece:
                line = lines[-1]
                if line and line[-2] == css:
                    line[-1] += piece
                else:
                    line += [css, piece]
    return lines


if __name__ == "__main__":
    main()
