"""Shared by benchmarks and proofs: an instance of Atelier, data in bulk, HTTP calls, figures."""
