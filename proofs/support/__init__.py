"""Modules that only proofs use: external programs, servers, workers and writers."""
