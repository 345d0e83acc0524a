#!/usr/bin/env python3
"""Refuse a commit message whose subject is longer than 72 characters: a commit-msg hook."""

import sys
from pathlib import Path

LIMIT = 72

subject = Path(sys.argv[1]).read_text().split("\n")[0]
if len(subject) > LIMIT:
    sys.exit(f"The subject has {len(subject)} characters; write at most {LIMIT}, and the reasons in the body.")
