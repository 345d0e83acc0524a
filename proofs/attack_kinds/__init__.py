"""Kinds of attack: a module each, with `attack(school, report)`. `proofs/attacks.py` runs them."""
