"""Benchmarks, each beside its peer in the same run: `make bench`, or `python -m bench.booking`."""
