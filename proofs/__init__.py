"""Proofs of what must hold under load, after kills and against hostile servers.

`make proof` lists them.
"""
