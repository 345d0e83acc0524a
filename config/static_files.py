"""Which static files are collected, and how: names with a hash, quick compression so that a first start stays short."""

import brotli
from django.contrib.staticfiles.apps import StaticFilesConfig
from whitenoise.compress import Compressor
from whitenoise.storage import CompressedManifestStaticFilesStorage


class AtelierStaticConfig(StaticFilesConfig):
    # ReDoc comes with the API documentation's package; Atelier shows the documents with Swagger UI alone.
    ignore_patterns = [*StaticFilesConfig.ignore_patterns, "redoc"]


class QuickCompressor(Compressor):
    """Brotli's best quality takes a minute over the API documentation's bundles, to save a tenth of their size."""

    @staticmethod
    def compress_brotli(data: bytes) -> bytes:
        return brotli.compress(data, quality=5)


class StaticFiles(CompressedManifestStaticFilesStorage):
    support_js_module_import_aggregation = True  # static/js: modules name each other, and the names carry hashes
    # Only ours: bundles of packages are not modules, and Django's patterns would search all their bytes.
    _js_module_import_aggregation_patterns = (
        "js/*.js",
        CompressedManifestStaticFilesStorage._js_module_import_aggregation_patterns[1],
    )

    def create_compressor(self, **options: object) -> QuickCompressor:
        # Maps are for debuggers, and are most of the bytes.
        skipped = (*Compressor.SKIP_COMPRESS_EXTENSIONS, "map")
        return QuickCompressor(**options | {"extensions": skipped})
