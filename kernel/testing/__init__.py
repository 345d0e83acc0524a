"""Fixtures and helpers for the tests of every app: people, clients, a broker, query counts, a browser."""
