"""Fixtures that every app's tests may ask for; see kernel/testing/."""

pytest_plugins = [
    "kernel.testing.people",
    "kernel.testing.broker",
    "kernel.testing.queries",
    "kernel.testing.site",
    "kernel.testing.browser",
]
