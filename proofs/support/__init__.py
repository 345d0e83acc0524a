"""Shared by proofs alone: programs that speak from outside, and workers and writers that break."""
