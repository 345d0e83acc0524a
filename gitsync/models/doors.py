"""Names that migration 0004 imports."""

from gitsync.models.hook_addresses import new_secret, new_token

__all__ = ["new_secret", "new_token"]
