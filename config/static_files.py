"""Collects static files under names with their hash, compressed quickly enough for a first start."""

import re
from collections.abc import Iterator
from typing import Any

import brotli
from django.contrib.staticfiles.apps import StaticFilesConfig
from django.core.files.base import ContentFile
from whitenoise.compress import Compressor
from whitenoise.storage import CompressedManifestStaticFilesStorage

JOINED = "css/site.css"
IMPORT = re.compile(r'@import "([^"]+)";')


class AtelierStaticConfig(StaticFilesConfig):
    # drf-spectacular-sidecar contains ReDoc, but Atelier shows its API documentation with Swagger UI.
    ignore_patterns = [*StaticFilesConfig.ignore_patterns, "redoc"]


class QuickCompressor(Compressor):  # type: ignore[misc]  # WhiteNoise has no type hints
    """Compresses with a medium quality of Brotli.

    The best quality needs a minute for Swagger UI's files and saves only a tenth of their size.
    """

    @staticmethod
    def compress_brotli(data: bytes) -> bytes:
        return bytes(brotli.compress(data, quality=5))


class StaticFiles(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """WhiteNoise's storage with our compressor.

    It joins our stylesheets, and writes hashed names into the imports of our modules.
    """

    support_js_module_import_aggregation = True
    # Only ours: bundles of packages are not modules, and Django's patterns would search all their bytes.
    _js_module_import_aggregation_patterns = (
        "js/*.js",
        CompressedManifestStaticFilesStorage._js_module_import_aggregation_patterns[1],
    )

    def create_compressor(self, **options: object) -> QuickCompressor:
        # Source maps are large, and only debuggers read them.
        skipped = (*Compressor.SKIP_COMPRESS_EXTENSIONS, "map")
        return QuickCompressor(**options | {"extensions": skipped})

    def post_process(self, paths: dict[str, Any], *args: Any, **options: Any) -> Iterator[tuple[Any, Any, Any]]:
        if not options.get("dry_run"):
            self._save_joined(paths)
            paths = paths | {JOINED: (self, JOINED)}
        yield from super().post_process(paths, *args, **options)

    def _save_joined(self, paths: dict[str, Any]) -> None:
        """Save JOINED with the contents of the stylesheets that it imports, so that browsers fetch one file."""

        def read(name: str) -> str:
            storage, path = paths[name]
            with storage.open(path) as file:
                return str(file.read().decode())

        text = IMPORT.sub(lambda match: read(f"css/{match[1]}"), read(JOINED))
        self.delete(JOINED)
        self.save(JOINED, ContentFile(text.encode()))
