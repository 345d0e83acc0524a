"""The storms of proofs/limits.py. Each module has `storm(school, rounds)`, which returns an Outcome."""
