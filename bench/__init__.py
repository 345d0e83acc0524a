"""Benchmarks. Each one compares Atelier with something else in the same run.

- `make bench` runs them all and writes docs/benchmarks.md; `python -m bench.report --runs 3` takes medians of three.
- `python -m bench.report booking hook` runs two of them and writes nothing; `python -m bench.booking` runs one on the
  database of DATABASE_URL.
- `python -m bench.curves` draws how costs grow (docs/images/cost-*.svg); `make bench` does it at its end.
- `make profiles` (profiles.py) writes docs/profiles.md: the most expensive lines of an earlier version and of this one.
- `make pictures` (pictures.py) compares the pages of an earlier version and of this one pixel by pixel.

A new benchmark is a file here with `measure(atelier)` that returns figures (support/figures.py).
"""
