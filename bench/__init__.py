"""Benchmarks. Each one compares Atelier with something else in the same run.

`make bench` runs them all, `python -m bench.booking` runs one.
"""
