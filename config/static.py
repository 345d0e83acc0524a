"""Which static files are collected: those that a page asks for."""

from django.contrib.staticfiles.apps import StaticFilesConfig


class AtelierStaticConfig(StaticFilesConfig):
    # ReDoc comes with the API documents' package; Atelier shows them with Swagger UI alone.
    ignore_patterns = [*StaticFilesConfig.ignore_patterns, "redoc"]
