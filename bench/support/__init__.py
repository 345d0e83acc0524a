"""Shared by benchmarks and proofs: an instance of Atelier, bulk data, HTTP clients."""
