"""`manage.py rotate_credentials`: seal every stored secret again with the first key of GIT_CREDENTIALS_KEY."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from kernel.sealed_columns import rotate


class Command(BaseCommand):
    help = "Seal tokens and private keys again with the first key of GIT_CREDENTIALS_KEY. It may be run again."

    def handle(self, *arguments: Any, **options: Any) -> None:
        broken = 0
        for rotation in rotate():
            self.stdout.write(f"{rotation.column.model}: {rotation.sealed} sealed with the first key")
            for pk in rotation.broken:
                self.stderr.write(f"{rotation.column.model} {pk}: no key opens its secret; replace it")
            broken += len(rotation.broken)
        if broken:
            raise CommandError(f"{broken} secrets could not be opened. Keep the old keys in GIT_CREDENTIALS_KEY.")
        self.stdout.write("Every secret is sealed with the first key. The older keys may be removed.")
